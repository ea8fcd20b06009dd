"""The kinds of value that stand in `newsletter.toml`, each with what is said of one that is none."""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from newsletter.config.relays import checked_rates, joined_rates

_AGE = re.compile(r"([1-9]\d{0,2}) (hour|day|week)s?")
# In a web address: blanks, control characters, and what would end it where it stands in a header or in HTML.
_NEVER = r"\s\x00-\x1f\x7f\"<>"
_PERIOD = re.compile(r"[1-9]\d{0,2} (day|week|month|year)s?")


def _address(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if not text:
        return text
    try:
        return validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise ValueError(f"{text!r} is not an email address: {error}") from None


def _web(text: str) -> str:
    if text and not re.fullmatch(rf"https?://[^{_NEVER}]+", text):
        raise ValueError(
            f"{text!r} is not a web address: it should begin with https:// and have no blanks, "
            "quotation marks, angle brackets or control characters"
        )
    return text


def _one_line(text: str) -> str:
    if any(ord(char) < 32 or char in "\x7f\x85\u2028\u2029" for char in text):
        raise ValueError("it must stand on one line, without control characters")
    return text


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", text):
        raise ValueError(f"{text!r} cannot name a list: small letters, digits and hyphens can")
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text!r} is not a colour: write # and six digits, such as '#0a665a'")
    return text.lower()


def _fonts(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9 ,'\"-]+", text):
        raise ValueError(f"{text!r} names no fonts: write names with commas between them")
    if text.rpartition(",")[2].strip() not in {"serif", "sans-serif", "monospace"}:
        raise ValueError(
            "fonts end with 'serif', 'sans-serif' or 'monospace', for readers who have none of the others"
        )
    return text.replace('"', "'")


def is_language(text: str) -> bool:
    """Whether it has the form of a language's tag (BCP 47)."""
    return bool(re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text))


def _language(text: str) -> str:
    if not is_language(text):
        raise ValueError(f"{text!r} names no language: write a tag such as 'en' or 'cy'")
    return text


def _period(text: str) -> str:
    if text and not _PERIOD.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a period: write a number and a word, such as '30 days' or '6 years'"
        )
    return text


def _link(text: str) -> str:
    if not re.fullmatch(rf"(?:https?://|mailto:|tel:)[^{_NEVER}\\]+", text):
        raise ValueError(f"{text!r} is not a link: begin it with https://, mailto: or tel:")
    return text


def _field_name(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", text):
        raise ValueError(f"{text!r} cannot name a field: small letters, digits, hyphens and underscores can")
    return text


def _domain(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(f"a@{text}", check_deliverability=False, test_environment=True).domain
    except EmailNotValidError:
        raise ValueError(
            f"{text!r} is not the domain of an address: write what stands after its @, such as 'gmail.com'"
        ) from None


def _age(text: str) -> str:
    if text != "never" and not _AGE.fullmatch(text):
        raise ValueError(f"{text!r} is not understood: write '12 hours', '3 days', '1 week' or 'never'")
    return text


def lasting(age: str) -> dt.timedelta | None:
    """How long an Age is; None for 'never'."""
    match = _AGE.fullmatch(age)
    return dt.timedelta(**{f"{match[2]}s": int(match[1])}) if match else None


def _oauth_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]*", text):
        raise ValueError(
            f"{text!r} cannot be right: letters, digits, dots, hyphens and underscores stand there"
        )
    return text


Line = Annotated[str, AfterValidator(_one_line)]
ColourCode = Annotated[str, AfterValidator(_colour)]
FontStack = Annotated[str, AfterValidator(_fonts)]
LanguageTag = Annotated[str, AfterValidator(_language)]
Period = Annotated[str, AfterValidator(_period)]
OAuthName = Annotated[str, AfterValidator(_oauth_name)]
LinkAddress = Annotated[str, AfterValidator(_link)]
EmailText = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web)]
ListName = Annotated[str, AfterValidator(_slug)]
FieldName = Annotated[str, AfterValidator(_field_name)]
Domain = Annotated[str, AfterValidator(_domain)]
Age = Annotated[str, AfterValidator(_age)]
Rates = Annotated[
    str, BeforeValidator(joined_rates), AfterValidator(_one_line), AfterValidator(checked_rates)
]
