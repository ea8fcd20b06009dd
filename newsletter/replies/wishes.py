"""What people write themselves: opt-outs by token, wishes that somebody has to read, answers, and all the rest."""

from collections.abc import Iterator
from dataclasses import replace

from newsletter.contacts import find_contacts, stamp
from newsletter.replies.answering import answered_by
from newsletter.replies.matching import delivery_answered, key_of, writers_of
from newsletter.replies.optouts import withdraw_by_token
from newsletter.replies.rows import Case, Row


def record_opt_out(case: Case) -> Iterator[Row]:
    """With a token of ours it counts at once; without one it is a wish like any other."""
    for token in case.reply.tokens:
        found = withdraw_by_token(
            case.db,
            token,
            channel="email",
            now=case.now,
            at=stamp(case.at),
            source=f"message of {case.day}",
        )
        if found.delivery_id:
            row = case.db.one("SELECT recipient_key FROM deliveries WHERE id = ?", found.delivery_id)
            yield Row(
                "noted" if found.outcome == "gone" else "withdrawn",
                address_key=row["recipient_key"] if row else "",
                contact_id=found.contact_id,
                delivery_id=found.delivery_id,
                decision=found.outcome,
            )
            return
    yield _wish(case)


def record_words(case: Case) -> Iterator[Row]:
    """An answer that a token stands for is taken, a wish to stop holds its writer back, and the rest is to be read.

    What neither answers a message of ours nor asks to stop is none of our business: that it came, and
    from whom where we know them, is all that is kept.
    """
    if row := answered_by(case):
        yield row
    elif case.reply.asks_to_stop:
        yield _wish(case)
    else:
        row = of_writer(case, Row("noted"))
        yield in_words(case, replace(row, outcome="to-read")) if row.delivery_id else row


def _wish(case: Case) -> Row:
    """To stop: whoever has the address that it is from is held back, else whoever the message that it answers went to.

    Anybody can write anybody's address into From. It costs one person an issue at most, until it is decided.
    """
    row = in_words(case, of_writer(case, Row("held", notice="stop")))
    people = tuple(writers_of(case.db, case.reply.sender) or find_contacts(case.db, str(row.contact_id)))
    return replace(row, holds=people, outcome="held" if people else "to-read")


def of_writer(case: Case, row: Row) -> Row:
    """Whose message it is: by its From, else by the message of ours that it answers; and which that is."""
    people, answered = writers_of(case.db, case.reply.sender), delivery_answered(case.db, case.reply)
    return replace(
        row,
        contact_id=people[0] if people else answered.contact_id if answered else 0,
        delivery_id=answered.delivery_id if answered else 0,
        address_key=key_of(case.db, case.reply.sender),
    )


def in_words(case: Case, row: Row) -> Row:
    reply = case.reply
    return replace(row, sender=reply.sender, subject=reply.subject, text=reply.text)
