"""What a failed delivery means for the person: given up, tried again later, or not their doing at all.

The rule is to give nobody up without need. An address is dead when its server says so in a code that means
nothing else, or in words said when it was named (RCPT). Said after the message was handed over, or nobody knows
when, the same words come from filters too, and count as soft.
"""

import re
from collections.abc import Collection

from newsletter.replies.bounces.wording import bare_words, reason_in
from newsletter.replies.model import Failed, Reason, Severity
from newsletter.replies.status import ENHANCED, Claim

_SEVERITIES: dict[Reason, Severity] = {
    "mailbox-full": "soft",
    "other": "soft",
    "blocked": "policy",
    "spam": "policy",
    "too-big": "policy",
    "policy": "policy",
    "content": "policy",
}
# By subject and detail (RFC 3463 section 3, RFC 7504, RFC 7505, and what Exchange made of them).
_BY_CODE: dict[str, Reason] = {
    "1.1": "user-unknown",
    "1.2": "host-unknown",
    "1.3": "user-unknown",
    "1.6": "moved",
    "1.10": "user-unknown",
    "1.351": "user-unknown",
    "2.2": "mailbox-full",
    "2.3": "too-big",
    "3.4": "too-big",
    "4.4": "host-unknown",
    "4.310": "host-unknown",
    "7.13": "other",
    "7.25": "blocked",
}
_BY_SUBJECT: dict[str, Reason] = {"3": "other", "4": "other", "6": "content", "7": "policy"}
_OF_SENDER = {"1.7", "1.8", "7.27"}
# By 5.7.27 the sender's domain takes no mail (RFC 7505 section 4.2); Sendmail says so of the recipient's too, in these words.
_SENDMAILS = re.compile(r"^\W*(?:smtp; )?(?:550 )?host does not accept mail\b", re.IGNORECASE)
_DEAD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.1.351"}

# Directories that were asked themselves, not filters in front of them.
_CERTAIN = re.compile(
    r"RESOLVER\.ADR|recipient name is not recognized|invalid final delivery userid|#5\.1\.0 address rejected"
    r"|listed in (?:the )?(?:domino|public)|nicht im domino|does not exist at the organization"
    r"|unknown local-part|^unknown user: addr"
    r"|\b5\.4\.1\b.{0,20} recipient address rejected: access denied|\b542 addr rejected"
    r"|delivery error: dd this user doesn't have|550 <addr>: user unknown(?! in)",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(
    r"temporar|again later|not found,? try again|name lookup failure|timed? ?out|message expired|deferred|servfail|malformed or unexpected",
    re.IGNORECASE,
)
_AT_RECIPIENT = re.compile(
    r"""in\ (?:reply\ to\ )?RCPT | RCPT\ TO\ generated | (?:after|following|for)\ RCPT | \[RCPT_TO\] | SMTP:RCPT | our\ RCPT | RCPT\ command
      | does\ not\ like\ recipient | rejected\ (?:the\ )?(?:recipient\ <?addr|address\b) | state\ 14\b | <<<\ RCPT | sent:\ RCPT\ TO
      | Remote\ SMTP\ server\ has\ rejected\ address""",
    re.VERBOSE | re.IGNORECASE,
)
_AT_SENDER = re.compile(
    r"in reply to MAIL|after MAIL FROM|\bour MAIL FROM|(?:following|for) MAIL command|sender was rejected|\[MAIL_FROM\]",
    re.IGNORECASE,
)
_AFTER_MESSAGE = re.compile(
    r"""end\ of\ DATA | after\ (?:end\ of\ )?data | (?:to|final|following|sending)\ DATA | failed\ after\ I\ sent
      | TEXT\ command | state\ 1[5-9]\b | SMTP\ command\ DATA | \(DATA\) | \[DATA\]""",
    re.VERBOSE | re.IGNORECASE,
)
_MOMENTS = (("DATA", _AFTER_MESSAGE), ("MAIL", _AT_SENDER), ("RCPT", _AT_RECIPIENT))
_SAID = re.compile(r"^(?:[ \t]*|[^\n<>]{1,40}: )(>>>|<<<|-->|<--)[ \t]*(.*)$", re.MULTILINE)
_SHUT = re.compile(
    r"\b(?:disabled|suspended|locked|frozen|deactivated|temporar\w+|currently|at (?:this time|the moment))\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\b550\s*:\s*user unknown", re.IGNORECASE)  # KDDI's, once it has the message
_ANSWER = re.compile(r"(?<![\d.])([45])\d\d(?=[ :-]|$)")


def judged(claim: Claim, context: str = "", transcript: str = "", *, senders: Collection[str] = ()) -> Failed:
    """What became of one person.

    `context` is what the report says of them besides, asked where the claim tells nothing; `transcript` the whole
    of it, asked for what was answered when; `senders` are the addresses, in small letters, that the message was from.
    """
    status = status_of(claim)
    reason = _reason(claim.words, status, bare_words(context))
    moment = _moment(claim.words) or _moment(context) or _command_refused(transcript, claim.email)
    if reason in ("user-unknown", "host-unknown") and (moment == "MAIL" or _is_of_sender(claim, senders)):
        reason = "policy"
    return Failed(
        email=claim.email,
        severity=_severity(
            reason, claim, status, at_recipient=moment == "RCPT" and not _SHUT.search(context)
        ),
        reason=reason,
        status=status,
        diagnostic=" ".join(claim.words.split())[:1000],
    )


def _is_of_sender(claim: Claim, senders: Collection[str]) -> bool:
    """Whether the answer names a sender, or the domain of one, and neither the person nor their domain."""
    said = claim.words.lower()

    def named(email: str) -> bool:
        domain = email.rpartition("@")[2]
        return email in said or bool(
            domain and re.search(rf"(?<![\w@.-]){re.escape(domain)}(?![\w-]|\.\w)", said)
        )

    email = claim.email.lower()
    own = email.rpartition("@")[2]
    return not (own and own in said) and any(named(one) for one in senders if one != email)


def status_of(claim: Claim) -> str:
    """The code that says most: in the server's words before the relay's own, but a detail of 0 says least."""
    codes: list[str] = [*ENHANCED.findall(claim.words), claim.status]
    return min((code for code in codes if code and code[0] != "2"), key=_says_little, default="")


def _is_sendmails(status: str, said: str) -> bool:
    return status == "5.7.27" and bool(_SENDMAILS.search(said))


def _says_little(code: str) -> int:
    return code.endswith(".0") + code.endswith(".0.0")


def _reason(said: str, status: str, context: str) -> Reason:
    """By clear words, then by the code, then by what stands round them, then by words that may mean anything."""
    _, _, code = status.partition(".")
    if code in _OF_SENDER and not _is_sendmails(status, said):
        return "policy"
    answered = _ANSWER.search(said)
    answer = bare_words(said[answered.start() :].partition("\n\n")[0]) if answered else ""
    words = bare_words(said)
    by_code = _BY_CODE.get(code) or _BY_SUBJECT.get(code.partition(".")[0])
    return (
        reason_in(answer)
        or reason_in(words)
        or by_code
        or reason_in(words, weakly=True)
        or reason_in(context)
        or reason_in(context, weakly=True)
        or "other"
    )


def _severity(reason: Reason, claim: Claim, status: str, *, at_recipient: bool) -> Severity:
    known = _SEVERITIES.get(reason)
    if known:
        return known
    if status.startswith("5.7.") and not _is_sendmails(status, claim.words):
        return "soft"
    if not claim.sure or claim.action in ("delayed", "expired") or not _is_final(claim, status):
        return "soft"
    if reason == "user-unknown":
        return "hard" if _is_gone(claim, status, at_recipient=at_recipient) else "soft"
    return "soft" if _ABOUT_TIME.search(claim.words) else "hard"


def _is_gone(claim: Claim, status: str, *, at_recipient: bool) -> bool:
    """Whether nobody has that address; not whether one is refused, or shut for the time being."""
    words = bare_words(claim.words)
    if _NOBODY.search(words) or _SHUT.search(words):
        return False
    return at_recipient or status in _DEAD or bool(_CERTAIN.search(words))


def _is_final(claim: Claim, status: str) -> bool:
    answer = _ANSWER.search(claim.words)
    if status and not status.endswith(".0.0"):
        return status[0] == "5"
    return not (answer and answer[1] == "4") and not status.startswith("4")


def _moment(text: str) -> str:
    """The command that was answered so, as the words themselves say: MAIL, RCPT, DATA, or '' where they do not."""
    words = bare_words(text)
    return next((command for command, pattern in _MOMENTS if pattern.search(words)), "")


def _command_refused(said: str, email: str) -> str:
    """In a transcript, the command that was refused first: Sendmail's `>>> RCPT To:<…>` and `<<< 550 …` below it.

    The answer to the RCPT that names the person goes before what was refused to others.
    """
    command, first = "", ""
    for side, line in _SAID.findall(said):
        if side in (">>>", "-->"):
            command = line
        elif line[:1] in "45" and email.lower() in command.lower():
            return command[:4].upper()
        elif line[:1] in "45":
            first = first or command[:4].upper()
    return first
