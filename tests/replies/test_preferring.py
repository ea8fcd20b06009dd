"""A link in a message takes away, pauses and reshapes at once; a yes by it waits, since links are passed on."""

from dataclasses import replace

import pytest
from arriving import link, person
from joiners import close, waiting

from newsletter.contacts import (
    Changes,
    ConsentEvent,
    contact_card,
    edit_contact,
    give_permission,
    held_since,
    history,
    hold_back,
    merge_contacts,
    record_consent,
    standing,
    suppress_address,
)
from newsletter.outbox import mailing_of


def test_a_yes_by_a_link_waits_for_a_confirmation_since_links_are_passed_on(db, sync, ada, wording, now):
    data = {"lists": ["contributors"], "wording": ["contributors:" + wording]}
    token = link(db, ada, "preferences")
    assert sync("preferences", token=token, **data) == {"preferences asked": 1}
    entry = history(db, ada)[-1].entry
    assert (entry.kind, entry.list, entry.wording_digest) == ("given", "contributors", wording)
    assert standing(db, ada, "contributors").state == "unconfirmed"
    assert [email for email, _ in waiting(db)] == ["ada@example.org"]


def test_a_yes_by_a_link_to_what_is_in_force_changes_nothing(db, sync, ada, wording, now):
    before = len(history(db, ada))
    data = {"lists": ["partners"], "wording": ["partners:" + wording]}
    assert sync("preferences", token=link(db, ada, "preferences"), **data) == {"preferences stood": 1}
    assert (len(history(db, ada)), [*waiting(db)]) == (before, [])


def test_a_yes_after_a_no_waits_for_a_confirmation(db, sync, ada, wording, now):
    token = link(db, ada, "preferences")
    assert sync("preferences", token=token, stop=["partners"]) == {"preferences done": 1}
    back = {"lists": ["partners"], "wording": {"partners": wording}}
    assert sync("preferences", token=token, **back) == {"preferences asked": 1}
    assert standing(db, ada, "partners").state == "withdrawn"
    assert [email for email, _ in waiting(db)] == ["ada@example.org"]


def test_a_yes_by_a_link_waits_while_a_wish_to_stop_does_also_after_a_merger(db, sync, ada, wording, now):
    double = person(db, "Ada", now, (), email="ada@home.example.org")
    hold_back(db, double, 1, now)
    merge_contacts(db, ada, [double], now)
    assert held_since(db, ada)
    data = {"lists": ["contributors"], "wording": {"contributors": wording}}
    assert sync("preferences", token=link(db, ada, "preferences"), **data) == {"preferences held": 1}


@pytest.mark.parametrize("barred", ["the person", "the address"])
def test_a_yes_by_a_link_of_somebody_whom_nobody_writes_to_asks_them_nothing(
    db, sync, ada, wording, now, barred
):
    if barred == "the person":
        edit_contact(db, ada, Changes(fields={"stop": "do-not-contact"}), now)
    else:
        suppress_address(db, "ada@example.org", "request", "tester", now)
    before = len(history(db, ada))
    data = {"lists": ["contributors"], "wording": {"contributors": wording}}
    assert sync("preferences", token=link(db, ada, "preferences"), **data) == {"preferences held": 1}
    assert (len(history(db, ada)), waiting(db)) == (before, [])


def test_of_several_lists_one_that_has_gone_waits_and_the_others_are_asked_about_once(
    db, sync, desk, ada, wording, now
):
    both = ["partners", "contributors"]
    token = link(db, ada, "preferences")
    sync("preferences", token=token, stop=["partners"])
    narrow = desk.config.model_copy(update={"lists": {"partners": desk.config.lists["partners"]}})
    data = {"lists": both, "wording": dict.fromkeys(both, wording), "format": "text"}
    without = replace(desk, config=narrow)
    assert sync("preferences", desk=without, token=token, **data) == {"preferences aside": 1}
    edit_contact(db, ada, Changes(fields={"format": "html"}), now)
    db.conn.execute("UPDATE deliveries SET state = 'sent'")
    assert sync() == {"preferences asked": 1}
    assert contact_card(db, ada, now).format == "html", "what was done then is not done again"
    [(_, name)] = waiting(db)
    assert mailing_of(db, name).lists == ("contributors",)


def test_a_link_that_went_to_another_address_does_not_say_yes_for_this_one(db, sync, ada, wording, now):
    edit_contact(db, ada, Changes(primary="ada@new.example.org"), now)
    data = {"lists": ["contributors"], "wording": {"contributors": wording}}
    assert sync("preferences", token=link(db, ada, "preferences"), **data) == {"preferences asked": 1}
    assert [email for email, _ in waiting(db)] == ["ada@new.example.org"]


def test_format_language_and_a_pause_are_set_and_ended(db, sync, ada, now):
    token = link(db, ada, "preferences")
    changed = {"format": "text", "language": "cy", "pause_until": "2022-12-24"}
    assert sync("preferences", token=token, **changed) == {"preferences done": 1}
    card = contact_card(db, ada, now)
    assert (card.format, card.language, card.paused_until) == ("text", "cy", "2022-12-24")
    sync("preferences", token=token, pause_until="end", format="print")
    card = contact_card(db, ada, now)
    assert (card.format, card.language, card.paused_until) == ("text", "cy", "")
    assert card.tags == ("wants print",)


def test_a_list_that_is_not_public_is_switched_on_by_no_link_and_the_rest_is_done(
    db, sync, desk, ada, wording, now
):
    closed = replace(desk, config=close(desk.config, "contributors"))
    data = {"lists": ["contributors"], "wording": {"contributors": wording}}
    token, before = link(db, ada, "preferences"), len(history(db, ada))
    assert sync("preferences", token=token, desk=closed, **data) == {"preferences refused": 1}
    assert sync("preferences", token=token, desk=closed, format="text", **data) == {"preferences done": 1}
    assert contact_card(db, ada, now).format == "text"
    assert (len(history(db, ada)), waiting(db)) == (before, [])


def test_words_that_have_gone_keep_no_yes_to_a_list_that_is_not_public_aside(db, sync, desk, ada):
    closed = replace(desk, config=close(desk.config, "contributors"))
    data = {"lists": ["contributors"], "wording": {}}
    token = link(db, ada, "preferences")
    assert sync("preferences", token=token, desk=closed, **data) == {"preferences refused": 1}


def test_who_is_on_a_list_that_is_not_public_stays_and_leaves_it_by_a_link(db, sync, desk, ada, wording, now):
    closed = replace(desk, config=close(desk.config, "partners"))
    data = {"lists": ["partners"], "wording": {"partners": wording}}
    token = link(db, ada, "preferences")
    assert sync("preferences", token=token, desk=closed, **data) == {"preferences stood": 1}
    assert sync("preferences", token=token, desk=closed, stop=["partners"]) == {"preferences done": 1}
    assert standing(db, ada, "partners").state == "withdrawn"


def test_whatever_is_not_named_is_left_and_nothing_that_somebody_is_not_on(db, sync, ada, now):
    event = ConsentEvent(ada, "contributors", "given", "consent", "2022-06-14", "paper", "tester")
    record_consent(db, event, now)
    give_permission(db, "M-1", ["photo"], event, now)
    token, others = link(db, ada, "preferences"), {"stop_all_but": ["partners", "gardeners"]}
    assert sync("preferences", token=token, **others) == {"preferences done": 1}
    assert [standing(db, ada, name).state for name in ("partners", "contributors", "media:M-1")] == [
        "given",
        "withdrawn",
        "given",
    ]
    before = len(history(db, ada))
    assert sync("preferences", token=token, **others) == {"preferences stood": 1}
    assert len(history(db, ada)) == before


def test_a_list_that_is_asked_for_in_the_same_form_is_not_left_with_the_others(db, sync, ada, wording, now):
    data = {"lists": ["contributors"], "wording": {"contributors": wording}, "stop_all_but": []}
    assert sync("preferences", token=link(db, ada, "preferences"), **data) == {"preferences asked": 1}
    assert [standing(db, ada, name).state for name in ("partners", "contributors")] == [
        "withdrawn",
        "unconfirmed",
    ]
