"""What anybody can write about anybody bars nobody: it is looked at by somebody first."""

import datetime as dt
from dataclasses import replace

import pytest
from arriving import person, queued
from returning import Round

from newsletter.contacts import Actor, Changes, edit_contact
from newsletter.replies import Failed, Reply, choices_of, decide_reply, open_replies, read_reply

CLERK = Actor("Bo")
HEAD = "From: Eve <eve@example.org>\nTo: news@example.org\nMessage-ID: <1@example.org>\n"


def complaint(email: str) -> Reply:
    return Reply("complaint", (Failed(email, "policy", "spam"),))


def test_a_complaint_that_names_an_address_alone_holds_back_until_it_is_decided(
    sent: Round, now: dt.datetime
) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    assert sent.back(complaint("dora@example.org")).outcomes == ("held",)
    assert (sent.suppressed(), sent.skip(sent.dora), sent.skip(dan)) == ([], "asked-to-stop", "asked-to-stop")
    assert sent.db.one("SELECT 1 FROM consents WHERE kind = 'withdrawn'") is None
    assert sent.back(complaint("dora@example.org")).outcomes == ("noted",)  # a flood asks for one decision
    (came,) = open_replies(sent.db)
    assert set(choices_of(sent.db, came)) == {"stop", "keep"}

    decide_reply(sent.db, came.id, "keep", CLERK, now)
    assert (sent.skip(sent.dora), sent.skip(dan)) == (None, None)
    told = " ".join(decide_reply(sent.db, came.id, "stop", CLERK, now).did)
    assert "every list is withdrawn" in told
    assert "`newsletter suppress remove` lifts it" in told
    assert [reason for reason, _ in sent.suppressed()] == ["complaint"]
    assert (sent.skip(dan), sent.skip(sent.ada)) == ("suppressed", None)


def test_a_complaint_about_somebody_who_is_known_and_to_whom_nothing_is_seen_to_have_gone_is_heard_too(
    sent: Round,
) -> None:
    both = replace(
        complaint("cleo@example.org"),
        recipients=(*complaint("x@example.com").recipients, *complaint("cleo@example.org").recipients),
    )
    assert sent.back(both).outcomes == ("held",)
    assert [came.contact_id for came in open_replies(sent.db)] == [sent.cleo]
    assert sent.back(complaint("x@example.com")).outcomes == ("noted",)


def test_one_with_the_relays_name_of_the_message_acts_at_once(sent: Round) -> None:
    known = replace(complaint("ada@example.org"), queue_ids=(f"Q{sent.ada}",))
    assert sent.back(known).outcomes == ("suppressed",)
    assert sent.back(replace(complaint("dora@example.org"), queue_ids=(f"Q{sent.ada}",))).outcomes == (
        "held",
    )


@pytest.mark.parametrize("days", [-2, 15, 300])
def test_a_bounce_that_names_an_address_alone_counts_only_soon_after_a_message(
    sent: Round, days: int
) -> None:
    hard = replace(sent.bounce(), message_id="")
    at = sent.now + dt.timedelta(days=days)
    later = max(at, sent.now)
    said = replace(hard, received_at=at.isoformat())
    assert sent.back(said, now=later).outcomes == ("proposed",)
    assert sent.back(said, now=later).outcomes == ("noted",)
    assert (sent.suppressed(), sent.skip(sent.ada), sent.row("delivery_id")) == ([], None, 0)
    soft = replace(
        sent.bounce(severity="soft", reason="mailbox-full"), message_id="", received_at=said.received_at
    )
    assert sent.back(soft, now=later).outcomes == ("noted",)
    assert sent.db.one("SELECT 1 FROM soft_bounces") is None

    (came,) = open_replies(sent.db)
    assert set(choices_of(sent.db, came)) == {"stop", "dismiss"}
    decide_reply(sent.db, came.id, "stop", CLERK, later)
    assert [reason for reason, _ in sent.suppressed()] == ["bounced"]


def test_a_bounce_that_names_an_address_alone_is_about_what_had_just_been_sent_and_not_about_what_went_since(
    sent: Round,
) -> None:
    later = sent.now + dt.timedelta(days=40)
    queued(sent.db, sent.workspace, later, slug="2022-10")
    sent.db.conn.execute(
        "UPDATE deliveries SET state = 'sent', changed_at = '2022-11-09T09:00:00Z' WHERE state = 'waiting'"
    )
    soon = (sent.now + dt.timedelta(days=2)).isoformat()
    late = replace(sent.bounce(), message_id="", received_at=soon)
    assert sent.back(late, now=later).outcomes == ("suppressed",)
    first = sent.db.one("SELECT min(id) FROM deliveries WHERE contact_id = ?", sent.ada)
    assert (sent.row("delivery_id"),) == tuple(first or ())


def test_a_token_of_ours_counts_whenever_it_comes_back(sent: Round) -> None:
    assert sent.back(sent.bounce(), now=sent.now + dt.timedelta(days=300)).outcomes == ("suppressed",)


def test_a_bounce_about_somebody_who_was_never_written_to_is_looked_at(sent: Round) -> None:
    assert sent.back(replace(sent.bounce("cleo@example.org"), message_id="")).outcomes == ("proposed",)
    assert (sent.row("state"), sent.row("contact_id"), sent.suppressed()) == ("open", sent.cleo, [])


@pytest.mark.parametrize(
    "told",
    [
        "Subject: Mail failure\n\nben@example.org gives 550 5.1.1 user unknown\n",
        "Subject: Undeliverable\n\nHello,\n\nben@example.org: 550 5.1.1 user unknown\n\nEve\n",
        "Subject: Delivery problem\n\nFinal-Recipient: rfc822; ben@example.org\nAction: failed\nStatus: 5.1.1\n",
        "Subject: Mail failure\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nben@example.org: 550 5.1.1 user unknown\n"
        "--b\nContent-Type: message/rfc822\n\nFrom: news@example.org\nTo: ben@example.org\nSubject: News\n\nHello\n--b--\n",
    ],
)
def test_a_person_who_tells_of_a_bounce_has_not_bounced(told: str) -> None:
    assert read_reply((HEAD + told).encode()).kind == "reply"
    assert read_reply((HEAD + "Auto-Submitted: auto-generated\n" + told).encode()).kind == "bounce"


@pytest.mark.parametrize("email", ["zoe@nowhere.example", "ada@other.example.com", ""])
def test_a_letter_that_quotes_an_issue_and_comes_back_is_not_about_the_issues_reader(
    sent: Round, email: str
) -> None:
    quoting = replace(sent.bounce(email), message_id="<1@mail.example.org>", tokens=(sent.opt_out(sent.ada),))
    assert sent.back(quoting).outcomes == ("noted",)
    assert (sent.suppressed(), sent.row("contact_id")) == ([], 0)
    assert sent.db.one("SELECT 1 FROM soft_bounces") is None
    # Some relays give every message a Message-ID of their own.
    reported = replace(complaint(email), message_id="<1@relay.example>", tokens=quoting.tokens)
    assert sent.back(reported).outcomes == ("held",)
    # One whose name for the message we know makes the Message-ID of it.
    known = replace(reported, message_id=f"<Q{sent.ada}@relay.example>")
    assert sent.back(known).outcomes == ("suppressed",)
    to_ada = replace(quoting, recipients=sent.bounce().recipients)
    assert sent.back(to_ada).outcomes == ("suppressed",)


def test_whoever_asks_to_stop_in_a_message_of_their_own_is_listed(sent: Round) -> None:
    wish = read_reply(
        (HEAD.replace("eve", "ada") + "Subject: Hello\n\nPlease take me off your list.\n").encode()
    )
    assert sent.back(wish).outcomes == ("held",)
    assert [came.contact_id for came in open_replies(sent.db)] == [sent.ada]


def test_who_is_held_back_can_be_let_go_whatever_their_address_is_by_now(
    sent: Round, now: dt.datetime
) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    wish = Reply("reply", sender="dora@example.org", text="Stop", asks_to_stop=True)
    (number,) = sent.back(wish).ids
    for one in (dan, sent.dora):
        edit_contact(
            sent.db, one, Changes(primary=f"{one}@new.example.org", remove_emails=("dora@example.org",)), now
        )
    decide_reply(sent.db, number, "keep", CLERK, now)
    assert (sent.skip(dan), sent.skip(sent.dora)) == (None, None)


def test_a_shared_addresss_wish_that_waits_goes_on_holding_all_of_them(sent: Round, now: dt.datetime) -> None:
    dan = person(sent.db, "Dan", now, email="dora@example.org")
    wish = Reply("reply", sender="dora@example.org", text="Stop", asks_to_stop=True)
    first, second = sent.back(wish).ids[0], sent.back(complaint("dora@example.org")).ids[0]
    decide_reply(sent.db, first, "keep", CLERK, now)
    assert (sent.skip(sent.dora), sent.skip(dan)) == ("asked-to-stop", "asked-to-stop")
    decide_reply(sent.db, second, "keep", CLERK, now)
    assert (sent.skip(sent.dora), sent.skip(dan)) == (None, None)
