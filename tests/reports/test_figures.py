"""What is counted for a mailing: each message once, by the gravest that came back of it."""

from typing import Any

from newsletter.contacts import withdraw_consent
from newsletter.database import renew_counts
from newsletter.replies import withdraw_by_token
from newsletter.reports import Figures, reasons_of
from newsletter.tokens import make_token


def test_what_came_back_is_taken_from_what_was_sent(study: Any) -> None:
    june = study.mailing("2022-06")
    for state in ("sent", "sent", "sent", "refused", "in-doubt", "waiting", "skipped"):
        last = study.delivery(june, state=state)
    gone, full, *_ = range(last - 6, last + 1)
    study.came_back(gone, "bounce", "hard", "user-unknown")
    study.came_back(full, "bounce", "soft", "mailbox-full")

    figures = study.figures("2022-06")

    assert figures == Figures(
        candidates=7, sent=3, delivered=1, hard=1, soft=1, refused=1, in_doubt=1, waiting=1, skipped=1
    )
    assert (figures.bounced, figures.failed) == (2, 3)


def test_a_message_that_came_back_twice_counts_once_and_by_the_gravest(study: Any) -> None:
    message = study.delivery(study.mailing("2022-06"))
    study.came_back(message, "bounce", "soft", "mailbox-full")
    study.came_back(message, "bounce", "hard", "user-unknown")
    study.came_back(message, "bounce", "soft", "mailbox-full")

    assert study.figures("2022-06") == Figures(candidates=1, sent=1, hard=1)
    assert reasons_of(study.db.conn, 1).bounced == {"hard": {"user-unknown": 1}}


def test_a_complaint_is_no_bounce(study: Any) -> None:
    message = study.delivery(study.mailing("2022-06"))
    study.came_back(message, "complaint", "policy", "spam")
    study.came_back(message, "auto-reply")
    study.entry(1, "withdrawn", "2022-07-01", by=message)  # whoever complains is taken off the list

    assert study.figures("2022-06") == Figures(candidates=1, sent=1, delivered=1, complaints=1)


def test_whoever_left_by_a_message_is_counted_for_its_mailing_however_they_said_it(study: Any) -> None:
    june, july = study.mailing("2022-06"), study.mailing("2022-07")
    by_link, by_mail, twice, other = (study.delivery(one) for one in (june, june, june, july))
    study.entry(1, "withdrawn", "2022-07-01", by=by_link)
    study.came_back(by_mail, "opt-out")
    study.entry(3, "withdrawn", "2022-07-01", by=twice)
    study.entry(3, "withdrawn", "2022-07-01", on="contributors", by=twice)
    study.entry(4, "withdrawn", "2022-07-01")

    assert study.figures("2022-06").unsubscribed == 3
    assert study.figures("2022-07").unsubscribed == 0
    assert other


def test_a_withdrawal_says_by_which_message_it_came(study: Any, now: Any) -> None:
    message = study.delivery(study.mailing("2022-06"))
    study.person(77)
    said = {"effective_at": "2022-07-01", "channel": "one-click", "recorder": "reader", "delivery": message}
    withdraw_consent(study.db, 77, ["partners"], now, **said)

    assert study.figures("2022-06").unsubscribed == 1


def test_the_link_in_a_message_counts_for_its_mailing_once_however_often_it_is_used(
    study: Any, now: Any
) -> None:
    study.person(77)
    token = b"tenoctets!"
    study.delivery(study.mailing("2022-06"), contact_id=77, recipient_key="key77", token=token.hex())
    for _ in range(2):
        withdraw_by_token(
            study.db, make_token(study.db.key, "unsubscribe", token), channel="one-click", now=now
        )

    assert study.figures("2022-06") == Figures(candidates=1, sent=1, delivered=1, unsubscribed=1)


def test_a_withdrawal_that_was_struck_out_is_not_counted(study: Any) -> None:
    message = study.delivery(study.mailing("2022-06"))
    entry = study.entry(1, "withdrawn", "2022-07-01", by=message)
    renew_counts(study.db)
    study.entry(1, "voided", "2022-07-02", voids=entry)

    assert study.figures("2022-06").unsubscribed == 0


def test_what_changes_later_is_counted_anew(study: Any) -> None:
    message = study.delivery(study.mailing("2022-06"), state="in-doubt")
    bounce = study.came_back(message, "bounce", "policy", "blocked")
    assert study.figures("2022-06") == Figures(candidates=1, in_doubt=1, policy=1)

    study.db.conn.execute("UPDATE deliveries SET state = 'sent'")
    assert study.figures("2022-06") == Figures(candidates=1, sent=1, policy=1)

    study.db.conn.execute(
        "UPDATE replies SET severity = 'hard', reason = 'user-unknown' WHERE id = ?", (bounce,)
    )
    assert study.figures("2022-06") == Figures(candidates=1, sent=1, hard=1)

    study.db.conn.execute("DELETE FROM replies")
    assert study.figures("2022-06") == Figures(candidates=1, sent=1, delivered=1)


def test_the_reasons_of_refusals_are_read_from_their_codes(study: Any) -> None:
    june = study.mailing("2022-06")
    for reply in (
        "550 5.1.1 no such user",
        "550 5.1.1 unknown",
        "554 5.7.1 blocked by a list",
        "552 5.2.2 full",
        "552 too large",
        "550 No.",
        "550 5.1.10 null MX",
        "550 5.4.6 loop",
    ):
        study.delivery(june, state="refused", reply=reply)
    study.delivery(june, state="skipped", reason="withdrawn")
    renew_counts(study.db)

    found = reasons_of(study.db.conn, june)

    assert found.refused == {
        "user-unknown": 3, "blocked": 1, "mailbox-full": 1, "too-big": 1, "other": 1, "host-unknown": 1
    }  # fmt: skip
    assert found.skipped == {"withdrawn": 1}


def test_requests_to_confirm_are_told_as_one(study: Any) -> None:
    for number in range(3):
        study.delivery(study.mailing(f"confirmation:{number}", kind="confirmation"))
    study.delivery(study.mailing("2022-06", day="2022-05-30"))

    assert [(one.kind, one.many, one.figures.sent) for one in study.mailings()] == [
        ("issue", 1, 1),
        ("confirmation", 3, 3),
    ]
