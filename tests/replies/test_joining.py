"""Who joins by the public pages is asked by mail, once and not too often, and gets nothing before they have said yes."""

import datetime as dt
from dataclasses import replace

import pytest
from arriving import link, person, queued
from joiners import WORDS, close, entries, joining, waiting

from newsletter.contacts import (
    contact_card,
    entry_token,
    find_contacts,
    history,
    record_ends,
    standing,
    suppress_address,
    verify_ledger,
    withdraw_consent,
    wording_text,
)
from newsletter.edition import load_edition
from newsletter.outbox import mailing_of, personal_values, recipients_of
from newsletter.outbox.permission import decided
from newsletter.replies import Desk, Here, take_over


def test_who_subscribes_is_asked_by_mail_and_gets_nothing_before_they_confirm(db, sync, wording, now):
    assert sync("subscribe", **joining(wording)) == {"subscribe asked": 1}
    [dora] = find_contacts(db, "dora@example.org")
    card = contact_card(db, dora, now)
    assert (card.name, card.language, card.format) == ("Dora Löwe", "cy", "html")
    [line] = history(db, dora)
    assert (line.entry.kind, line.entry.channel) == ("given", "double-opt-in")
    assert line.entry.wording_digest == wording
    assert wording_text(db, wording) == WORDS
    assert line.entry.effective_at == "2022-09-30T09:00:00Z"
    assert line.entry.recorded_at == "2022-09-30T10:00:00Z"
    assert waiting(db) == [("dora@example.org", "confirmation:1")]
    assert standing(db, dora, "partners").state == "unconfirmed"


def test_the_answer_counts_from_when_it_was_given(db, sync, desk, wording, now):
    sync("subscribe", **joining(wording))
    [dora] = find_contacts(db, "dora@example.org")
    token = entry_token(db, "confirm", 1)
    later = Desk(db, desk.config, now + dt.timedelta(days=9), desk.ask_right)
    answered = now + dt.timedelta(days=6)
    assert sync("confirm", token=token, at=answered, desk=later) == {"confirm done": 1}
    assert history(db, dora)[-1].entry.effective_at == "2022-10-06T09:00:00Z"
    assert standing(db, dora, "partners").state == "given"
    assert sync("confirm", token=token, at=answered, desk=later) == {"confirm stood": 1}
    assert verify_ledger(db) is None


def test_an_answer_that_was_given_too_late_is_refused(db, sync, desk, wording, now):
    sync("subscribe", **joining(wording))
    late = now + dt.timedelta(days=9)
    later = Desk(db, desk.config, late, desk.ask_right)
    assert sync("confirm", token=entry_token(db, "confirm", 1), at=late, desk=later) == {"confirm refused": 1}


def test_a_renewal_is_taken_as_of_when_it_was_answered(db, sync, wording, now):
    ada = person(db, "Ada", now)
    token = entry_token(db, "renew", standing(db, ada, "partners").sequence)
    assert sync("renew", token=token) == {"renew done": 1}
    assert sync("renew", token=token) == {"renew stood": 1}
    assert sync("renew", token=token[:-1]) == {"renew refused": 1}
    assert entries(db)[-1] == ("refreshed", "partners", "web")


def test_who_is_on_the_list_already_gets_nothing(db, sync, wording, now):
    person(db, "Ada", now)
    assert sync("subscribe", **joining(wording, "Ada@Example.org")) == {"subscribe stood": 1}
    assert waiting(db) == []
    assert len(entries(db)) == 1


@pytest.mark.parametrize("stop", ["do-not-contact", "deceased", "left-study"])
def test_whom_nobody_writes_to_gets_nothing(db, sync, wording, now, stop):
    person(db, "Ada", now, (), stop=stop)
    assert sync("subscribe", **joining(wording, "ada@example.org")) == {"subscribe held": 1}
    assert (waiting(db), entries(db)) == ([], [])


def test_an_address_that_is_suppressed_gets_nothing_and_is_not_kept(db, sync, wording, now):
    suppress_address(db, "dora@example.org", "request", "tester", now)
    assert sync("subscribe", **joining(wording)) == {"subscribe held": 1}
    assert find_contacts(db, "dora@example.org") == []
    assert (waiting(db), entries(db)) == ([], [])


def test_a_form_changes_nothing_about_somebody_who_is_known(db, sync, wording, now):
    ada = person(db, "Ada", now, ())
    assert sync("subscribe", **joining(wording, "ada@example.org", format="text")) == {"subscribe asked": 1}
    card = contact_card(db, ada, now)
    assert (card.name, card.language, card.format) == ("Ada", "", "html")


def test_who_withdrew_and_asks_again_stays_withdrawn_until_they_confirm(db, sync, wording, workspace, now):
    ada = person(db, "Ada", now)
    queued(db, workspace, now)
    sync("unsubscribe", token=link(db, ada))
    assert sync("subscribe", **joining(wording, "ada@example.org")) == {"subscribe asked": 1}
    assert standing(db, ada, "partners").state == "withdrawn"
    entry = db.one("SELECT max(sequence) FROM consents")[0]
    sync("confirm", token=entry_token(db, "confirm", entry))
    assert standing(db, ada, "partners").state == "given"


def test_who_asks_again_gets_the_same_link_again_and_only_so_many_in_a_day(db, sync, desk, wording, now):
    def sent():
        db.conn.execute("UPDATE deliveries SET state = 'sent'")

    assert sync("subscribe", **joining(wording)) == {"subscribe asked": 1}
    assert sync("subscribe", **joining(wording)) == {"subscribe stood": 1}  # the first is still to go
    for _ in range(2):
        sent()
        assert sync("subscribe", **joining(wording)) == {"subscribe asked": 1}
    sent()
    assert sync("subscribe", **joining(wording)) == {"subscribe stood": 1}
    names = [row[0] for row in db.conn.execute("SELECT issue FROM mailings ORDER BY id")]
    assert names == ["confirmation:1", "confirmation:1:2", "confirmation:1:3"]
    assert len(entries(db)) == 1
    tomorrow = Desk(db, desk.config, now + dt.timedelta(days=2), desk.ask_right)
    assert sync("subscribe", desk=tomorrow, **joining(wording)) == {"subscribe asked": 1}


def test_who_has_left_is_not_asked_day_after_day_because_a_stranger_wants_it(db, sync, desk, wording, now):
    ada = person(db, "Ada", now)
    withdraw_consent(db, ada, None, now, effective_at="2022-09-29", channel="web", recorder="reader")
    for day in range(1, 40):
        db.conn.execute("UPDATE deliveries SET state = 'sent'")
        at = now + dt.timedelta(days=day)
        sync(
            "subscribe",
            desk=Desk(db, desk.config, at, desk.ask_right),
            at=at,
            **joining(wording, "ada@example.org"),
        )
        if day == 29:
            assert db.one("SELECT count(*) FROM mailings")[0] == 6
    assert db.one("SELECT count(*) FROM mailings")[0] == 12
    assert standing(db, ada, "partners").state == "withdrawn"


def test_who_asks_for_several_lists_is_asked_once_and_answers_once(db, sync, wording, workspace, now):
    assert sync("subscribe", **joining(wording, lists=("partners", "contributors"))) == {"subscribe asked": 1}
    [(_, name)] = waiting(db)
    mailing = mailing_of(db, name)
    text = load_edition(db, mailing.editions["partners+contributors"]).text
    assert "Project partners, Public contributors" in " ".join(text.split())
    assert "organisations that work with us" in " ".join(text.split())
    [dora] = find_contacts(db, "dora@example.org")
    decision = decided(db, mailing, dora, now)
    assert personal_values(decision, workspace.config, ["en"], "").reason == (
        "You get this once, because this address was given to us for our lists ‘Project partners’ and "
        "‘Public contributors’ (30 September 2022)."
    )
    assert sync("confirm", token=entry_token(db, "confirm", 1)) == {"confirm done": 1}
    assert {standing(db, dora, to).state for to in ("partners", "contributors")} == {"given"}
    assert [entry[0] for entry in entries(db)] == ["given", "given", "confirmed", "confirmed"]


def test_who_stops_by_that_message_leaves_every_list_that_it_names(db, sync, wording, now):
    sync("subscribe", **joining(wording, lists=("partners", "contributors")))
    [dora] = find_contacts(db, "dora@example.org")
    assert sync("unsubscribe", token=link(db, dora)) == {"unsubscribe done": 1}
    assert {standing(db, dora, to).state for to in ("partners", "contributors")} == {"withdrawn"}
    assert sync("confirm", token=entry_token(db, "confirm", 1)) == {"confirm refused": 1}


def test_a_link_confirms_only_the_lists_that_its_message_names(db, sync, wording, now):
    sync("subscribe", **joining(wording))
    db.conn.execute("UPDATE deliveries SET state = 'sent'")
    sync("subscribe", **joining(wording, lists=("partners", "contributors")))
    assert [name for _, name in waiting(db)] == ["confirmation:2", "confirmation:1:2"]
    sync("confirm", token=entry_token(db, "confirm", 1))
    [dora] = find_contacts(db, "dora@example.org")
    assert [standing(db, dora, to).state for to in ("partners", "contributors")] == ["given", "unconfirmed"]


def test_a_name_that_cannot_be_kept_is_left_out(db, sync, wording, now):
    sync("subscribe", **joining(wording, name="Dora\r\nBcc: x@example.org"))
    [dora] = find_contacts(db, "dora@example.org")
    assert contact_card(db, dora, now).name == ""
    assert len(waiting(db)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "You have won http://x.example now",
        "see shop.example.com",
        "call 0700900123",
        "Dora\u202eavoN",
        "D " * 40,
    ],
)
def test_what_is_no_name_does_not_go_out_to_a_stranger_under_ours(db, sync, wording, now, name):
    assert sync("subscribe", **joining(wording, name=name)) == {"subscribe asked": 1}
    [dora] = find_contacts(db, "dora@example.org")
    assert contact_card(db, dora, now).name == ""


@pytest.mark.parametrize("name", ["D. Löwe-O’Neill", "Dr. Łucja d'Arc", "Mai\u200dLinh", "李小龍"])
def test_a_persons_name_is_kept_as_it_is(db, sync, wording, now, name):
    sync("subscribe", **joining(wording, name=name))
    assert contact_card(db, find_contacts(db, "dora@example.org")[0], now).name == name


def test_one_mailbox_is_asked_so_often_a_day_however_its_address_is_written(db, sync, wording, now):
    outcomes = [
        sync("subscribe", **joining(wording, f"{name}@example.org"))
        for name in ("dora", "dora+1", "DORA+2", "dora+3", "dora+4", "doras")
    ]
    assert [*outcomes[0], *outcomes[2], *outcomes[3], *outcomes[5]] == [
        *("subscribe asked", "subscribe asked", "subscribe stood", "subscribe asked")
    ]
    assert len(waiting(db)) == 4
    assert find_contacts(db, "dora+4@example.org") == []


def test_of_several_at_one_address_the_one_who_is_called_so_is_asked(db, sync, wording, now):
    first, dan = (person(db, name, now, (), email="office@example.org") for name in ("Office", "Dan"))
    sync("subscribe", **joining(wording, "office@example.org", name="dan"))
    assert (len(history(db, first)), len(history(db, dan))) == (0, 1)


def test_a_form_that_has_lain_for_more_than_a_month_asks_nobody(db, sync, wording, now):
    lain = now - dt.timedelta(days=31)
    assert sync("subscribe", at=lain, **joining(wording)) == {"subscribe refused": 1}
    assert (find_contacts(db, "dora@example.org"), waiting(db), entries(db)) == ([], [], [])


def test_an_address_of_any_letters_is_asked_confirms_and_leaves(db, sync, wording, workspace, now):
    assert sync("subscribe", **joining(wording, email="उपयोगकर्ता@例え.jp")) == {"subscribe asked": 1}
    assert [email for email, _ in waiting(db)] == ["उपयोगकर्ता@例え.jp"]
    assert sync("confirm", token=entry_token(db, "confirm", 1)) == {"confirm done": 1}
    [contact] = find_contacts(db, "उपयोगकर्ता@xn--r8jz45g.jp")
    assert standing(db, contact, "partners").state == "given"
    queued(db, workspace, now)
    assert sync("unsubscribe", token=link(db, contact), one_click=True) == {"unsubscribe done": 1}
    assert standing(db, contact, "partners").state == "withdrawn"


@pytest.mark.parametrize("domain", ["example.org", "bücher.example"])
def test_so_often_a_day_counts_for_letters_of_any_kind_too(db, sync, wording, domain):
    told = [
        sync("subscribe", **joining(wording, email=f"{name}@{domain}"))
        for name in ("zoë", "zoë+1", "ZOË+2", "ZOë+3", "Zoe\u0308+4", "zoës")
    ]
    assert told == [{"subscribe asked": 1}] * 3 + [{"subscribe stood": 1}] * 2 + [{"subscribe asked": 1}]


def test_whoever_is_suppressed_is_not_asked_in_other_letters(db, sync, wording, now):
    suppress_address(db, "JÜRGEN@example.org", "request", "tester", now)
    assert sync("subscribe", **joining(wording, email="ju\u0308rgen+news@Example.org")) == {
        "subscribe held": 1
    }
    assert waiting(db) == []


def test_whom_nobody_writes_to_is_not_asked_with_a_plus_either(db, sync, wording, now):
    suppress_address(db, "dora@example.org", "complaint", "tester", now)
    person(db, "Egon", now, (), stop="do-not-contact")
    for email in ("dora+news@example.org", "Egon+news@example.org"):
        assert sync("subscribe", **joining(wording, email)) == {"subscribe held": 1}
        assert find_contacts(db, email) == []


def test_who_wants_paper_is_asked_by_mail_first_and_tagged(db, sync, wording, now):
    sync("subscribe", **joining(wording, format="large-print"))
    [dora] = find_contacts(db, "dora@example.org")
    card = contact_card(db, dora, now)
    assert (card.format, card.tags) == ("html", ("wants large-print",))
    assert len(waiting(db)) == 1


def test_cleo_never_asked_and_a_form_with_her_address_gets_her_one_question(db, sync, wording, now):
    person(db, "Cleo", now, ())
    sync("subscribe", **joining(wording, "cleo@example.org"))
    record_ends(db, now + dt.timedelta(days=8), recorder="tester", confirm_days=7)
    assert [one.state for one in recipients_of(db, "confirmation:1")] == ["waiting"]
    [cleo] = find_contacts(db, "cleo@example.org")
    assert standing(db, cleo, "partners").state == "expired"


def test_a_list_that_is_not_public_is_joined_by_nobody_and_the_rest_of_the_form_counts(
    db, inbox, desk, wording, now
):
    closed = replace(desk, config=close(desk.config, "contributors"))
    inbox.add("subscribe", joining(wording, lists=("partners", "contributors")), now)
    inbox.add("subscribe", joining(wording, "eve@example.org", lists=("contributors",)), now)
    taken = take_over(closed, [Here(inbox)])
    assert taken.counts == {("subscribe", "asked"): 1, ("subscribe", "refused"): 1}
    why = "newsletter.toml lets nobody join by the public pages (public = false): contributors"
    assert (taken.refused, taken.aside) == ({why: 2}, {})
    assert entries(db) == [("given", "partners", "double-opt-in")]
    assert find_contacts(db, "dora@example.org")
    assert db.one("SELECT count(*) FROM contacts")[0] == 1


def test_who_was_asked_before_a_list_was_closed_can_still_say_yes(db, sync, desk, wording):
    sync("subscribe", **joining(wording))
    closed = replace(desk, config=close(desk.config, "partners"))
    assert sync("confirm", token=entry_token(db, "confirm", 1), desk=closed) == {"confirm done": 1}
