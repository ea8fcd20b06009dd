"""What comes back leads to what it should, for the right person, and once."""

import datetime as dt
import json
from dataclasses import replace

from arriving import person, queued
from returning import Round

from newsletter.contacts import (
    Changes,
    ConsentEvent,
    edit_contact,
    entry_token,
    find_suppression,
    lift_suppression,
    request_consent,
)
from newsletter.replies import Failed, Reply
from newsletter.tokens import make_token, new_key


def test_a_dead_address_is_suppressed_at_once_and_the_evidence_names_nobody(sent: Round) -> None:
    done = sent.back(sent.bounce(diagnostic="550 <ada@example.org>: no such user"))
    assert (done.new, done.outcomes) == (True, ("suppressed",))
    assert sent.skip(sent.ada) == "bounced"
    assert sent.suppressed() == [("bounced", "bounce of 2022-09-30: 5.1.1 nobody there by that name")]
    assert sent.row("diagnostic") == "550 <address>: no such user"
    assert sent.row("contact_id") == sent.ada
    assert sent.row("state") == "done"


def test_the_same_message_counts_once(sent: Round) -> None:
    soft = sent.bounce(severity="soft", reason="mailbox-full")
    first = sent.back(soft, digest="d" * 64)
    again = sent.back(soft, digest="d" * 64)
    assert (again.new, again.ids, again.outcomes) == (False, first.ids, ())
    assert sent.db.one("SELECT score FROM soft_bounces")[0] == 1.0  # type: ignore[index]


def test_a_token_tells_whose_bounce_it_is_whatever_address_it_names(sent: Round) -> None:
    sent.back(sent.bounce("dora@example.org"))
    assert sent.row("contact_id") == sent.ada
    assert sent.skip(sent.dora) is None
    assert find_suppression(sent.db, "dora@example.org") is None


def test_an_inner_name_of_the_same_mailbox_is_as_good_as_its_address(sent: Round) -> None:
    assert sent.back(sent.bounce("Ada@mail.inner.example.org")).outcomes == ("suppressed",)
    assert sent.skip(sent.ada) == "bounced"
    assert sent.back(sent.bounce("", to=sent.dora)).outcomes == ("suppressed",)
    assert sent.skip(sent.dora) == "bounced"


def test_one_dead_reader_behind_a_shared_mailbox_does_not_silence_it(sent: Round) -> None:
    assert sent.back(sent.bounce("somebody.else@example.com")).outcomes == ("counted",)
    assert (sent.row("contact_id"), sent.row("severity")) == (sent.ada, "soft")
    assert str(sent.row("diagnostic")).startswith("passed on to another mailbox")
    assert sent.suppressed() == []


def test_without_a_token_the_queue_id_tells_the_delivery_and_the_address_must_fit(sent: Round) -> None:
    bare = replace(sent.bounce(), message_id="")
    sent.back(replace(bare, queue_ids=(f"Q{sent.ada}",)))
    assert (sent.row("contact_id"), sent.skip(sent.ada)) == (sent.ada, "bounced")
    # A relay far away may call a message by the same name.
    sent.back(
        replace(
            bare, queue_ids=(f"Q{sent.dora}",), recipients=(Failed("x@example.com", "hard", "user-unknown"),)
        )
    )
    assert (sent.row("delivery_id"), sent.skip(sent.dora)) == (0, None)


def test_without_either_only_an_address_that_was_written_to_counts(sent: Round) -> None:
    for email, outcome in (("cleo@example.org", "proposed"), ("x@example.com", "noted"), ("none", "noted")):
        assert sent.back(replace(sent.bounce(email), message_id="")).outcomes == (outcome,)
    assert sent.suppressed() == []
    sent.db.conn.execute("UPDATE deliveries SET state = 'waiting' WHERE contact_id = ?", (sent.dora,))
    sent.back(replace(sent.bounce("dora@example.org"), message_id=""))
    assert sent.suppressed() == []
    assert sent.back(replace(sent.bounce("ADA@Example.org"), message_id="")).outcomes == ("suppressed",)
    assert sent.skip(sent.ada) == "bounced"


def test_a_token_of_another_study_or_a_changed_one_is_no_token(sent: Round) -> None:
    good = sent.message_id(sent.ada)
    foreign = make_token(new_key(), "delivery", b"0123456789")
    for token in (foreign, good[1:38][:-1] + ("a" if good[37] != "a" else "b")):
        back = replace(sent.bounce("x@example.com"), message_id=f"<{token}@example.org>", tokens=(token,))
        assert sent.back(back).outcomes == ("noted",)
    assert sent.suppressed() == []


def test_what_is_about_us_or_the_message_suppresses_nobody(sent: Round) -> None:
    for severity in ("policy", "hard"):
        for reason in ("blocked", "spam", "too-big", "policy", "content", "mailbox-full"):
            assert sent.back(sent.bounce(severity=severity, reason=reason)).outcomes == ("ours",)
    assert (sent.suppressed(), sent.skip(sent.ada)) == ([], None)
    assert sent.db.one("SELECT 1 FROM soft_bounces") is None


def test_six_monthly_failures_in_a_row_are_enough_and_five_are_not(sent: Round) -> None:
    for month in range(6):
        at = sent.now + dt.timedelta(days=30 * month)
        sent.db.conn.execute("UPDATE replies SET delivery_id = delivery_id + 1000")
        done = sent.back(sent.bounce(severity="soft", reason="mailbox-full"), now=at)
        assert (sent.skip(sent.ada) == "bounced") == (month == 5), month
    assert done.outcomes == ("suppressed",)
    assert sent.suppressed()[0][1].startswith("failed again and again until 2023-02-27 (score 4.")
    # Somebody allows it again: it begins anew.
    lift_suppression(sent.db, "ada@example.org")
    sent.db.conn.execute("UPDATE replies SET delivery_id = delivery_id + 1000")
    assert sent.back(sent.bounce(severity="soft", reason="mailbox-full"), now=at).outcomes == ("counted",)


def test_a_day_and_a_message_count_once(sent: Round) -> None:
    soft = sent.bounce(severity="soft", reason="other")
    for hour in range(3):
        sent.back(soft, now=sent.now + dt.timedelta(hours=hour))
    sent.back(soft, now=sent.now + dt.timedelta(days=3))  # the relay gives up
    assert sent.db.one("SELECT score FROM soft_bounces")[0] == 1.0  # type: ignore[index]


def test_a_complaint_bars_the_address_and_leaves_the_lists_of_that_issue(sent: Round) -> None:
    token = sent.message_id(sent.ada)[1:38]
    done = sent.back(Reply("complaint", (Failed("", "policy", "spam"),), tokens=(token,)))
    assert done.outcomes == ("suppressed",)
    assert [reason for reason, _ in sent.suppressed()] == ["complaint"]
    assert (
        sent.db.one("SELECT channel FROM consents WHERE kind = 'withdrawn' AND contact_id = ?", sent.ada)[0]
        == "complaint"
    )  # type: ignore[index]
    assert sent.skip(sent.dora) is None


def test_a_servers_report_of_a_failed_signature_is_about_us_and_bars_nobody(sent: Round) -> None:
    token = sent.message_id(sent.ada)[1:38]
    done = sent.back(Reply("complaint", (Failed("ada@example.org", "policy", "policy"),), tokens=(token,)))
    assert (done.outcomes, sent.suppressed(), sent.skip(sent.ada)) == (("ours",), [], None)


def test_an_opt_out_with_its_token_counts_at_once_whoever_sends_it(sent: Round) -> None:
    reply = Reply("opt-out", tokens=(sent.opt_out(sent.ada),), sender="dora@example.org")
    assert sent.back(reply).outcomes == ("withdrawn",)
    assert (sent.skip(sent.ada), sent.skip(sent.dora)) == ("withdrawn", None)
    assert (sent.row("contact_id"), sent.row("sender")) == (sent.ada, "")
    detail = sent.db.one("SELECT detail FROM consent_details ORDER BY sequence DESC")[0]  # type: ignore[index]
    assert json.loads(detail) == {"source": "message of 2022-09-30", "delivery": sent.row("delivery_id")}


def test_an_opt_out_without_a_token_holds_back_whom_it_is_from(sent: Round) -> None:
    reply = Reply("opt-out", sender="Ada@example.org", subject="unsubscribe", tokens=("x" * 37,))
    assert sent.back(reply).outcomes == ("held",)
    assert (sent.skip(sent.ada), sent.row("state"), sent.row("notice")) == ("asked-to-stop", "open", "stop")


def test_words_that_ask_to_stop_hold_back_everybody_at_that_address(sent: Round, now: dt.datetime) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    reply = Reply("reply", sender="dora@example.org", text="Please take me off your list.", asks_to_stop=True)
    assert sent.back(reply).outcomes == ("held",)
    assert (sent.skip(sent.dora), sent.skip(dan)) == ("asked-to-stop", "asked-to-stop")
    assert sent.skip(sent.ada) is None


def test_from_an_unknown_address_the_message_it_answers_tells_who_it_is(sent: Round) -> None:
    words = Reply("reply", sender="ada@home.example.com", text="Stop it", asks_to_stop=True)
    assert sent.back(words).outcomes == ("to-read",)
    assert (sent.skip(sent.ada), sent.row("sender")) == (None, "ada@home.example.com")
    assert sent.back(replace(words, message_id=sent.message_id(sent.ada))).outcomes == ("held",)
    assert sent.skip(sent.ada) == "asked-to-stop"


def test_an_answer_to_an_issue_is_to_be_read_and_other_mail_is_left_alone(sent: Round) -> None:
    words = Reply("reply", sender="ada@example.org", subject="Re: News", text="Lovely, thank you")
    assert sent.back(words).outcomes == ("noted",)
    assert (sent.row("contact_id"), sent.row("text"), sent.row("sender")) == (sent.ada, "", "")
    assert sent.back(replace(words, message_id=sent.message_id(sent.ada))).outcomes == ("to-read",)
    assert (sent.row("text"), sent.row("state")) == ("Lovely, thank you", "open")


def test_the_message_id_of_somebody_elses_mail_is_not_kept(sent: Round) -> None:
    words = Reply("reply", sender="ada@example.org", text="Stop", asks_to_stop=True)
    sent.back(replace(words, message_id="<private@example.com>"))
    assert (sent.row("contact_id"), sent.row("message_id")) == (sent.ada, "")
    sent.back(replace(words, message_id=sent.message_id(sent.ada)))
    assert sent.row("message_id") == sent.message_id(sent.ada)


def test_a_new_address_is_proposed_once_and_never_taken(sent: Round) -> None:
    moved = Reply(
        "auto-reply",
        sender="ada@example.org",
        message_id=sent.message_id(sent.ada),
        notice="moved",
        new_address="ada@new.example.org",
    )
    assert sent.back(moved).outcomes == ("proposed",)
    assert (sent.row("new_address"), sent.row("state")) == ("ada@new.example.org", "open")
    assert sent.back(moved).outcomes == ("noted",)
    assert (
        sent.db.conn.execute("SELECT email FROM addresses WHERE contact_id = ?", (sent.ada,)).fetchall()[0][0]
        == "ada@example.org"
    )
    away = replace(moved, notice="away", new_address="", away_until="2022-10-10T00:00:00Z")
    assert sent.back(away).outcomes == ("noted",)
    assert sent.row("state") == "done"


def test_an_automatic_answer_of_a_stranger_proposes_nothing(sent: Round) -> None:
    left = Reply(
        "auto-reply", sender="zoe@example.com", notice="left", new_address="bo@example.com", text="x"
    )
    assert sent.back(left).outcomes == ("noted",)
    assert (sent.row("new_address"), sent.row("text")) == ("", "")


def test_what_could_not_be_read_whole_is_to_be_looked_at(sent: Round) -> None:
    sent.back(Reply("other", fault="nested too deeply"))
    assert (sent.row("state"), sent.row("diagnostic")) == (
        "open",
        "it could not be read whole: nested too deeply",
    )


def test_an_address_that_was_changed_since_is_not_barred_for_the_old_one(sent: Round) -> None:
    edit_contact(sent.db, sent.ada, Changes(primary="ada@new.example.org"), sent.now)
    sent.back(sent.bounce())
    assert sent.skip(sent.ada) is None
    assert find_suppression(sent.db, "ada@example.org")


def test_who_did_it_is_on_the_record_of_changes(sent: Round) -> None:
    sent.back(sent.bounce())
    row = sent.db.one("SELECT operator, via, command FROM operations ORDER BY id DESC")
    assert tuple(row or ()) == ("mailbox", "mailbox", "mailbox read")


def test_a_message_from_the_future_happened_now(sent: Round) -> None:
    sent.back(replace(sent.bounce(), received_at="2099-01-01T00:00:00Z"))
    assert sent.row("received_at") == "2022-09-30T09:00:00Z"


def test_a_request_is_confirmed_by_its_token_alone_and_only_from_the_subject(sent: Round) -> None:
    event = ConsentEvent(sent.cleo, "partners", "given", "consent", "2022-09-30", "", "tester")
    token = entry_token(sent.db, "confirm", request_consent(sent.db, event, sent.now))
    quoting = Reply("reply", sender="cleo@example.org", text=f"Who are you?\n> confirm {token}")
    assert sent.back(quoting).outcomes == ("noted",)
    assert sent.back(Reply("auto-reply", subject=f"confirm {token}")).outcomes == ("noted",)
    assert sent.skip(sent.cleo) == "unconfirmed"
    yes = Reply("reply", sender="cleo@work.example.com", subject=f"confirm {token}")
    assert sent.back(yes).outcomes == ("confirmed",)
    assert (sent.skip(sent.cleo), sent.row("contact_id")) == (None, sent.cleo)
    assert sent.back(yes).outcomes == ("to-read",)
    assert str(sent.row("diagnostic")).startswith(
        "this answer could not be taken: nothing waits to be confirmed"
    )


def test_a_yes_from_a_computer_whose_clock_is_wrong_counts_from_when_it_was_read(sent: Round) -> None:
    event = ConsentEvent(sent.cleo, "partners", "given", "consent", "2022-09-30", "", "tester")
    asked = request_consent(sent.db, event, sent.now)
    yes = Reply(
        "reply",
        subject=f"confirm {entry_token(sent.db, 'confirm', asked)}",
        received_at="2001-01-01T00:00:00Z",
    )
    lists = {
        "partners": sent.workspace.config.lists["partners"].model_copy(update={"consent_lasts": "2 years"})
    }
    config = sent.workspace.config.model_copy(update={"lists": lists})
    assert sent.back(yes, config=config).outcomes == ("confirmed",)
    row = sent.db.one("SELECT effective_at, expires_at FROM consents ORDER BY sequence DESC LIMIT 1")
    assert (row["effective_at"][:10], row["expires_at"]) == ("2022-09-30", "2024-09-30")  # type: ignore[index]
    assert sent.skip(sent.cleo) is None


def test_a_consent_is_renewed_by_mail(sent: Round) -> None:
    entry = sent.db.one("SELECT sequence FROM subscriptions WHERE contact_id = ?", sent.ada)[0]  # type: ignore[index]
    yes = Reply("other", subject=f"renew {entry_token(sent.db, 'renew', entry)}")
    assert sent.back(yes).outcomes == ("renewed",)
    assert sent.db.one("SELECT kind FROM consents ORDER BY sequence DESC")[0] == "refreshed"  # type: ignore[index]


def test_a_wish_of_somebody_who_is_not_here_any_more_holds_nobody(sent: Round) -> None:
    words = Reply("reply", sender="ada@home.example.com", text="Stop", asks_to_stop=True)
    answering = replace(words, message_id=sent.message_id(sent.ada))
    sent.db.conn.execute("DELETE FROM contacts WHERE id = ?", (sent.ada,))
    assert sent.back(answering).outcomes == ("to-read",)
    assert sent.db.one("SELECT 1 FROM holds") is None


def test_a_bounce_that_quotes_an_earlier_issue_is_about_the_one_that_came_back(sent: Round) -> None:
    earlier, at = sent.message_id(sent.ada), sent.now + dt.timedelta(days=30)
    queued(sent.db, sent.workspace, at, slug="2022-10")
    sent.db.conn.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'waiting'")
    quoting = replace(sent.bounce(), tokens=(earlier[1:38], sent.message_id(sent.ada)[1:38]))
    assert sent.back(quoting, now=at).outcomes == ("suppressed",)
    row = sent.db.one(
        "SELECT m.issue FROM replies r JOIN deliveries d ON d.id = r.delivery_id JOIN mailings m ON m.id = d.mailing_id"
    )
    assert tuple(row or ()) == ("2022-10",)
