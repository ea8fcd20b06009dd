"""Forms as they were filled in: what they say, what is to be mended in them, and what is kept of them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from newsletter.addresses import BadAddress, parse_address
from newsletter.contacts import FORMATS, add_months
from newsletter.webapp.forms import Fields, one
from newsletter.webapp.offers import Offer
from newsletter.webapp.pages import PAUSES, Asked, Fault, Signing, Wanted

_LONGEST_NAME, _LONGEST_WORDS = 200, 5000
#: What a field of the preferences is called before a list's name, and how many lists one form can name.
_LIST, _MOST_LISTS = "list-", 50


def read_signing(fields: Fields, offered: Sequence[Offer], tongues: Sequence[str]) -> Signing:
    """What was typed into the form that subscribes; lists that are not offered are left out."""
    names = [offer.list for offer in offered]
    lists = tuple(name for name in names if name in fields.get("lists", ()))
    language = one(fields, "language")
    return Signing(
        email=one(fields, "email"),
        name=" ".join(one(fields, "name").split()),
        lists=lists,
        format=one(fields, "format"),
        language=language if language in tongues else "",
    )


def faults_of_signing(entered: Signing, fields: Fields, offered: Sequence[Offer]) -> tuple[Fault, ...]:
    """What is to be mended before it can be taken."""
    faults = [*_email_faults(entered.email)]
    if len(entered.name) > _LONGEST_NAME:
        faults.append(Fault("name", "name-long"))
    if {*fields.get("lists", ())}.difference(offer.list for offer in offered):
        # Never half of what was asked for: they would believe that they get all of it.
        faults.append(Fault("lists" if offered else "", "list-closed"))
    elif not entered.lists:
        faults.append(Fault("lists", "lists-missing"))
    elif not _words_shown(fields, entered.lists, offered):
        faults.append(Fault("lists", "wording-changed"))
    if entered.format not in FORMATS:
        faults.append(Fault("format", "format-missing"))
    return tuple(faults)


def signing_data(entered: Signing, offered: Sequence[Offer]) -> dict[str, object]:
    """What is kept of somebody who wants to join: `wording` has the digest of the words shown, by list."""
    return {
        "email": parse_address(entered.email, smtputf8=True).email,
        "name": entered.name,
        "lists": [*entered.lists],
        "format": entered.format,
        "language": entered.language,
        "wording": _digests(entered.lists, offered),
    }


def read_wanted(fields: Fields, offered: Sequence[Offer], tongues: Sequence[str]) -> Wanted:
    """What was chosen in the form for preferences; choices that nobody has are left as they are.

    Of lists that are not offered, or not any more, what an older page says is read too: they can be left.
    """
    older = islice((name for name in fields if name.startswith(_LIST)), _MOST_LISTS)
    names = dict.fromkeys([*(_LIST + offer.list for offer in offered), *older])
    return Wanted(
        lists={name.removeprefix(_LIST): _among(fields, name, ("yes", "no")) for name in names},
        others=_among(fields, "others", ("no",)),
        format=_among(fields, "format", FORMATS),
        language=_among(fields, "language", tongues),
        pause=_among(fields, "pause", PAUSES),
    )


def faults_of_wanted(entered: Wanted, fields: Fields, offered: Sequence[Offer]) -> tuple[Fault, ...]:
    """What is to be mended before it can be taken."""
    first = _LIST + offered[0].list if offered else "format"
    chosen = (*entered.lists.values(), entered.others, entered.format, entered.language, entered.pause)
    if not any(chosen):
        return (Fault(first, "nothing-changed"),)
    joined, known = _said(entered, "yes"), {offer.list for offer in offered}
    closed = [] if known.issuperset(joined) else [Fault("", "list-closed")]
    changed = [name for name in joined if name in known and not _words_shown(fields, [name], offered)]
    return (*closed, *(Fault(_LIST + name, "wording-changed") for name in changed))


def wanted_data(entered: Wanted, token: str, offered: Sequence[Offer], today: dt.date) -> dict[str, object]:
    """What is kept of somebody's wishes: what is left as it is has no place in it.

    `lists` are to be joined, with `wording` as in `signing_data`, and `stop` left, as is every list that is not
    among `stop_all_but`; `pause_until` is a day, or 'end' where a pause is to end.
    """
    data: dict[str, object] = {"token": token}
    joined, left = _said(entered, "yes"), _said(entered, "no")
    if joined:
        data |= {"lists": joined, "wording": _digests(joined, offered)}
    if left:
        data["stop"] = left
    if entered.others:
        data["stop_all_but"] = [offer.list for offer in offered]
    if entered.format:
        data["format"] = entered.format
    if entered.language:
        data["language"] = entered.language
    if entered.pause:
        months = int(entered.pause)
        data["pause_until"] = add_months(today, months).isoformat() if months else "end"
    return data


def read_asked(fields: Fields) -> Asked:
    """What was typed into the form about somebody's data."""
    words = fields.get("words", ("",))[0].strip()
    return Asked(_among(fields, "wish", ("access", "erasure")), one(fields, "email"), words)


def faults_of_asked(entered: Asked) -> tuple[Fault, ...]:
    """What is to be mended before it can be taken."""
    faults = [] if entered.wish else [Fault("wish", "wish-missing")]
    faults += _email_faults(entered.email)
    if len(entered.words) > _LONGEST_WORDS:
        faults.append(Fault("words", "words-long"))
    return tuple(faults)


def asked_data(entered: Asked) -> dict[str, object]:
    """What is kept of somebody who asks about their data."""
    return {"email": parse_address(entered.email, smtputf8=True).email, "words": entered.words}


def _email_faults(text: str) -> Iterable[Fault]:
    if not text:
        return [Fault("email", "email-missing")]
    try:
        parse_address(text, smtputf8=True)
    except BadAddress:
        return [Fault("email", "email-bad")]
    return []


def _words_shown(fields: Fields, lists: Iterable[str], offered: Sequence[Offer]) -> bool:
    """Whether the form had the words in it that hold today, for each of the lists."""
    shown, proofs = set(fields.get("wording", ())), {offer.list: offer.proof for offer in offered}
    return all(proofs.get(name) in shown for name in lists)


def _digests(lists: Iterable[str], offered: Sequence[Offer]) -> dict[str, str]:
    digests: Mapping[str, str] = {offer.list: offer.digest for offer in offered}
    return {name: digests[name] for name in lists}


def _said(entered: Wanted, answer: str) -> list[str]:
    return [name for name, said in entered.lists.items() if said == answer]


def _among(fields: Fields, name: str, choices: Iterable[str]) -> str:
    value = one(fields, name)
    return value if value in choices else ""
