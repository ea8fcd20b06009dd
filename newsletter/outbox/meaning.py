"""What a refusal says: about whom it is, and how long to leave whom in peace. The table: docs/rates.md."""

import re
from typing import Literal

from newsletter.outbox.receipt import Outcome, Receipt

Meaning = Literal[
    "them",  # this recipient, and nobody else
    "domain",  # slower to this domain, please
    "route",  # no way to this domain at present
    "slower",  # slower altogether, please
    "crowded",  # fewer lines at once, please
    "server",  # the mail server is not well
    "suspect",  # perhaps about us: three in a row will tell
    "size",  # too large, perhaps for everybody: three in a row will tell
    "quota",  # we have sent as much as we may in a day
    "us",  # our login, our account, our address: nobody can be served
]

#: About the account or the sender's address, whoever the recipient is (RFC 3463, RFC 4954, RFC 7505, Microsoft's list).
_US = frozenset(
    {
        "5.1.7",  # the sender's address is malformed
        "5.1.8",  # the sender's domain is bad; Microsoft: the account sent too much that looked like spam
        "5.2.252",  # Microsoft: not allowed to send as this address
        "5.7.3",  # Exchange: authentication unsuccessful
        "5.7.8",  # wrong user name or password
        "5.7.27",  # the sender's domain takes no mail
        "5.7.30",  # Microsoft: no password logins any more
        "5.7.57",  # Microsoft: not logged in
        "5.7.60",  # Exchange: not allowed to send as this address
        "5.7.64",  # Microsoft: the tenant is not known
        "5.7.139",  # Microsoft: password logins are off
        "5.7.501", "5.7.502", "5.7.503",  # Microsoft: the sender is banned for what looked like abuse
        "5.7.700", "5.7.701", "5.7.702", "5.7.703", "5.7.705", "5.7.708", "5.7.750",  # Microsoft: the tenant is
    }
)  # fmt: skip
#: About an address that is not plain ASCII, which is announced with MAIL before it is named (RFC 6531 section 3.5).
_BEYOND_ASCII = frozenset({"5.6.7", "5.6.9"})
_LOGIN_CODES = frozenset({530, 534, 535, 538})  # RFC 4954
_US_IN_WORDS = re.compile(
    r"STOREDRV\.Submission|STOREDRV\.ClientSubmit"  # our own mailbox at Microsoft: too full for Sent Items
    r"|email address is not verified|sending (?:is )?(?:suspended|paused)",  # Amazon SES
    re.IGNORECASE,
)
_QUOTAS = frozenset({"5.4.5", "5.7.232", "5.7.233"})  # Google's daily limit, Microsoft's of a tenant
_QUOTA_IN_WORDS = re.compile(
    r"SubmissionQuota|\bdaily\b.{0,40}\b(?:limit|quota)\b|\b(?:sending|relay) quota exceeded", re.IGNORECASE
)
#: What Microsoft says with 554 5.2.0, which from others may be about the recipient's mailbox.
_LIMIT_IN_WORDS = re.compile(r"limit|quota|exceed", re.IGNORECASE)
_CROWDED = re.compile(
    r"concurrent|too many (?:simultaneous )?(?:connections|sessions)|thread limit", re.IGNORECASE
)
_SLOWER = re.compile(r"throttling|sending rate|peak smtp relay", re.IGNORECASE)
#: What servers without enhanced codes say of a sender that they do not want.
_UNWANTED = re.compile(
    r"\bblock|denied|polic(?:y|ies)|authentica|\bspam|reputation|black-?list|sender rejected|frequency|\brelay",
    re.IGNORECASE,
)
_SAYS_NOTHING = frozenset({"", "5.0.0", "5.1.0"})
_GREYLISTED = re.compile(r"gr[ea]y-?list", re.IGNORECASE)
_TOO_LARGE = re.compile(
    r"\b(?:message|mail|size)\b.{0,40}\b(?:too (?:large|big)|exceeds?|exceeded)\b", re.IGNORECASE
)
_PROTOCOL_CODES = frozenset({500, 502, 503, 504, 555})


def meaning_of(outcome: Outcome) -> Meaning:
    """What an outcome that is not accepted tells; only 'later' and 'refused' say anything of their own."""
    receipt = outcome.receipt
    if not receipt.code or outcome.verdict not in ("later", "refused"):
        return "them"
    if _is_quota(receipt):
        return "quota"
    found = _meaning_of_5xx(outcome) if receipt.code >= 500 else _meaning_of_4xx(receipt)
    # No recipient was named yet: whatever was meant, it cannot have been one of them or their domain.
    if outcome.phase == "MAIL" and receipt.enhanced not in _BEYOND_ASCII:
        return _OF_ALL.get(found, found) if receipt.code >= 500 else _SLOWER_OF_ALL.get(found, found)
    return found


_OF_ALL: dict[Meaning, Meaning] = {"them": "us", "suspect": "us"}
_SLOWER_OF_ALL: dict[Meaning, Meaning] = {"domain": "slower", "route": "server"}


def _is_quota(receipt: Receipt) -> bool:
    """Whether it is we who have sent enough for a day; x.2.2 is a mailbox that has had enough."""
    if receipt.enhanced in _QUOTAS:
        return True
    if receipt.code == 554 and receipt.enhanced == "5.2.0" and _LIMIT_IN_WORDS.search(receipt.text):
        return True
    return not receipt.enhanced.endswith(".2.2") and bool(_QUOTA_IN_WORDS.search(receipt.text))


def _meaning_of_5xx(outcome: Outcome) -> Meaning:
    receipt = outcome.receipt
    if receipt.enhanced in _US or receipt.code in _LOGIN_CODES or _US_IN_WORDS.search(receipt.text):
        return "us"
    if receipt.enhanced == "5.3.4" or (receipt.code == 552 and _is_too_large(receipt)):
        return "size"
    if receipt.about_policy or (receipt.code == 554 and receipt.enhanced == "5.2.0"):
        return "suspect"
    if receipt.code in _PROTOCOL_CODES or (
        receipt.enhanced in _SAYS_NOTHING and _UNWANTED.search(receipt.text)
    ):
        return "suspect"
    return "them"


def _is_too_large(receipt: Receipt) -> bool:
    """Of a 552, which is said of full mailboxes too (RFC 5321): whether it is the message that is too much."""
    return not receipt.enhanced and bool(_TOO_LARGE.search(receipt.text))


def _meaning_of_4xx(receipt: Receipt) -> Meaning:
    code, detail = receipt.code, receipt.enhanced.partition(".")[2]
    if code == 432 or _CROWDED.search(receipt.text):
        return "crowded"
    if _SLOWER.search(receipt.text):
        return "slower"
    if detail.startswith("3.") or detail in ("4.5", "1.8"):
        return "server"
    if detail in ("4.2", "4.7"):  # the line was idle for too long, or the message: the next one is another
        return "them"
    if detail.startswith("4.") or detail == "1.2":
        return "route"
    return "domain" if _asks_for_patience(code, detail, receipt.text) else "them"


def _asks_for_patience(code: int, detail: str, text: str) -> bool:
    if _GREYLISTED.search(text):
        return False
    if detail.startswith("7."):
        # 4.7.1 is what greylisting answers, of one recipient at a time; with 421 the whole line is meant.
        return code == 421 or detail != "7.1"
    return detail in ("2.1", "5.3")
