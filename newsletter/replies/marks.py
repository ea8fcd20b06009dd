"""The form of our tokens, by which they are found in what strangers send; whether one is ours the key tells."""

import re
from collections.abc import Iterable

# Key id, the letter of the purpose, 32 digits of base 32 (`tokens.make_token`). In a link a blank stands before it as %20.
_BEFORE = r"(?:(?<![A-Za-z0-9])|(?<=%20)|(?<=%3D))"
_AFTER = r"(?![A-Za-z0-9])"


def form_of(letters: str) -> str:
    """The regular expression of a token whose purpose has one of these letters (`tokens.PURPOSES`)."""
    return rf"{_BEFORE}[0-9A-Za-z]{{4}}[{letters}{letters.upper()}][A-Za-z2-7]{{32}}{_AFTER}"


TOKEN = re.compile(form_of("ducrp"))


def tokens_in(texts: Iterable[str], limit: int = 20) -> tuple[str, ...]:
    """What has the form of a token in the texts, in small letters, each once, in their order."""
    found: dict[str, None] = {}
    for text in texts:
        found |= dict.fromkeys(token.lower() for token in TOKEN.findall(text))
        if len(found) >= limit:
            break
    return tuple(found)[:limit]
