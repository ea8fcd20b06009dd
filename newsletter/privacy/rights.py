"""What article 15 of the UK GDPR has us say beside the data: purposes, bases, recipients, how long, rights."""

from dataclasses import asdict, dataclass

from newsletter.config import Config
from newsletter.database import Database
from newsletter.privacy.retention import in_words
from newsletter.privacy.subject import Subject

BASES = {
    "consent": "you agreed to it (article 6(1)(a))",
    "legitimate-interests": "our legitimate interests (article 6(1)(f))",
    "public-task": "a task in the public interest (article 6(1)(e))",
    "contract": "a contract with you (article 6(1)(b))",
    "soft-opt-in": "our legitimate interests (article 6(1)(f)), by the soft opt-in of PECR regulation 22(3)",
    "charitable-soft-opt-in": "our legitimate interests (article 6(1)(f)), by the charitable soft opt-in of PECR "
    "regulation 22(3A)",
    "unknown": "none that we can show, so we do not write to you",
}
RIGHTS = (
    "to have what is wrong put right (article 16)",
    "to have what we keep about you erased (article 17)",
    "to have its use restricted (article 18)",
    "to get what you gave us in a form that a computer can read, which the other file is (article 20)",
    "to object to how we use it, and to stop our news at any time, without giving a reason (article 21)",
    "to take back what you agreed to at any time, which changes nothing about what was done before",
)
REGULATOR = (
    "If you are not content with how we treat your data, please tell us first: we acknowledge a complaint "
    "within 30 days. You may also complain to the Information Commissioner's Office: "
    "https://ico.org.uk/make-a-complaint/, telephone 0303 123 1113, Wycliffe House, Water Lane, Wilmslow, "
    "Cheshire SK9 5AF."
)
KEPT = "Until you ask us to erase it, or until we need it no longer for these purposes."


@dataclass(frozen=True, slots=True)
class Information:
    """What is said in words; `purposes` are one line a list, with purpose and basis."""

    controller: str
    contact: str
    privacy_notice: str
    purposes: tuple[str, ...]
    recipients: tuple[str, ...]
    retention: tuple[str, ...]
    sources: tuple[str, ...]
    rights: tuple[str, ...]
    decisions: str
    complaint: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def information_for(db: Database, subject: Subject, config: Config) -> Information:
    """What this person is told beside their data."""
    sender = config.sender
    return Information(
        controller=", ".join(filter(None, (sender.name, " ".join(sender.postal_address.split())))),
        contact=sender.reply_to or sender.email,
        privacy_notice=sender.privacy_notice,
        purposes=_purposes(db, subject),
        recipients=_recipients(config),
        retention=(*in_words(config.retention), KEPT),
        sources=_sources(db, subject),
        rights=RIGHTS,
        decisions="No decision about you is made by a computer alone, and nobody is profiled. We do not "
        "measure whether you open our messages or follow their links.",
        complaint=REGULATOR,
    )


def _purposes(db: Database, subject: Subject) -> tuple[str, ...]:
    rows = db.conn.execute(
        "SELECT l.name, coalesce((SELECT purpose FROM list_purposes p WHERE p.list = l.list "
        "ORDER BY since DESC, rowid DESC LIMIT 1), '') AS purpose, s.basis FROM subscriptions s JOIN lists l USING (list) "
        "WHERE s.contact_id IN (SELECT value FROM json_each(?)) ORDER BY l.name",
        (subject.values["ids"],),
    )
    told = tuple(
        f"{row['name']}: {row['purpose'].rstrip('.') or 'news'}. Basis: {BASES.get(row['basis'], row['basis'])}."
        for row in rows
    )
    return told or ("To know whom we work with. We send you nothing.",)


def _recipients(config: Config) -> tuple[str, ...]:
    server = config.smtp.host
    mail = f" ({server})" if server and not server.startswith(("127.", "localhost", "::1")) else ""
    return (
        "The members of our team who look after it.",
        f"The mail server that hands our messages to yours{mail}, and keeps copies of what it sends as it is set to.",
        "Nobody else. What we keep lies on our own computers; our privacy notice says whether the mail server "
        "keeps data outside the United Kingdom, and with which safeguards.",
    )


def _sources(db: Database, subject: Subject) -> tuple[str, ...]:
    """Where we have the data from, as the ledger's details and the imports that added them say."""
    rows = db.conn.execute(
        "SELECT json_extract(d.detail, '$.source') FROM consents e JOIN consent_details d USING (sequence) "
        "WHERE e.contact_id IN (SELECT value FROM json_each(?1)) UNION "
        "SELECT i.source FROM imports i JOIN operation_contacts o ON o.operation_id = i.operation_id "
        "AND o.change = 'added' WHERE o.contact_id IN (SELECT value FROM json_each(?1)) ORDER BY 1",
        (subject.values["ids"],),
    )
    told = tuple(str(row[0]) for row in rows if row[0])
    return told or ("From you, or from those with whom you work; no more is on record.",)
