"""What a message that asks for consent says to one reader: the link that answers, and until when."""

from newsletter.contacts import Decision, confirm_by, entry_at, entry_token, parse_day, standing
from newsletter.database import Database
from newsletter.edition import Personal, day_text
from newsletter.outbox.letterhead import answer_link
from newsletter.outbox.mailings import Mailing


def asking_values(
    db: Database, mailing: Mailing, decision: Decision, personal: Personal, language: str
) -> Personal:
    """`personal` with the link that answers this mailing and the last day, as it is said in `language`.

    The token of a confirmation stands for the request, that of a renewal for what is in force.
    """
    if mailing.kind == "confirmation":
        sequence = mailing.about["entry"]
        word, until = "confirm", confirm_by(entry_at(db, sequence), mailing.about["days"]).date()
    else:
        stood = standing(db, decision.contact_id, mailing.lists[0])
        word, sequence, until = "renew", stood.sequence, parse_day(stood.expires_at)
    link = answer_link(mailing.head, word, entry_token(db, word, sequence))
    return personal._replace(answer=link, until=day_text(until, language))
