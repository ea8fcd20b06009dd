"""What readers did on the public pages comes into the ledger once, as it was said, and as of when."""

import datetime as dt
from contextlib import closing

import pytest
from arriving import link, person, queued

from newsletter.contacts import (
    Actor,
    contact_card,
    entry_token,
    find_contacts,
    held_since,
    history,
    hold_back,
    merge_contacts,
    record_ends,
    standing,
    suppress_address,
    sync_lists,
    verify_ledger,
    withdraw_consent,
    wording_text,
)
from newsletter.database import open_database
from newsletter.edition import load_edition
from newsletter.errors import ConfigError
from newsletter.outbox import mailing_of, recipients_of
from newsletter.privacy import erase_person, find_subject
from newsletter.replies import (
    Desk,
    Here,
    count_aside,
    forget_aside,
    open_inbox,
    sealing_key,
    take_over,
)
from newsletter.tokens import new_key

HOUR = dt.timedelta(hours=1)
WORDS = "I would like to get news of the study by email.\n"


@pytest.fixture
def wording(workspace, now):
    """The digest of the words that readers were shown."""
    import hashlib

    for name in ("partners", "contributors"):
        (workspace.consent / f"{name}-v1.md").write_text(WORDS, encoding="utf-8")
    return hashlib.sha256(WORDS.encode()).hexdigest()


@pytest.fixture
def inbox(db, workspace):
    with open_inbox(workspace.root / "inbox.db", sealing_key(db.key)) as opened:
        yield opened


@pytest.fixture
def rights():
    return []


@pytest.fixture
def desk(db, workspace, now, rights):
    sync_lists(db, workspace.config, now)

    def ask(kind, email, words, day):
        rights.append((kind, email, words, str(day)))
        return True

    return Desk(db, workspace.config, now + HOUR, ask)


@pytest.fixture
def sync(desk, inbox, now, wording):
    """Puts one arrival into the inbox and syncs; what was counted."""

    def run(kind="", *, at=now, desk=desk, **data):
        if kind:
            inbox.add(kind, data, at)
        taken = take_over(desk, [Here(inbox)])
        return {f"{what} {word}": number for (what, word), number in taken.counts.items()}

    return run


def joining(wording, email="dora@example.org", lists=("partners",), **odd):
    return {
        "email": email,
        "name": "Dora Löwe",
        "lists": [*lists],
        "format": "html",
        "language": "cy",
        "wording": dict.fromkeys(lists, wording),
    } | odd


def waiting(db):
    """Who is sent a message that asks to confirm, and about which entry."""
    rows = db.conn.execute(
        "SELECT d.email, m.issue FROM mailings m JOIN deliveries d ON d.mailing_id = m.id "
        "WHERE m.kind = 'confirmation' AND d.state = 'waiting' ORDER BY m.id"
    )
    return [tuple(row) for row in rows]


def entries(db):
    return [
        tuple(row) for row in db.conn.execute("SELECT kind, list, channel FROM consents ORDER BY sequence")
    ]


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


def test_who_asks_for_several_lists_is_asked_once_and_answers_once(db, sync, wording, now):
    assert sync("subscribe", **joining(wording, lists=("partners", "contributors"))) == {"subscribe asked": 1}
    [(_, name)] = waiting(db)
    mailing = mailing_of(db, name)
    text = load_edition(db, mailing.editions["partners+contributors"]).text
    assert "Project partners, Public contributors" in " ".join(text.split())
    assert "organisations that work with us" in " ".join(text.split())
    assert sync("confirm", token=entry_token(db, "confirm", 1)) == {"confirm done": 1}
    [dora] = find_contacts(db, "dora@example.org")
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


def test_one_click_withdraws_what_brought_the_message(db, sync, workspace, now):
    ada = person(db, "Ada", now, ("partners", "contributors"))
    queued(db, workspace, now)
    assert sync("unsubscribe", token=link(db, ada), one_click=True) == {"unsubscribe done": 1}
    assert sync("unsubscribe", token=link(db, ada), one_click=False) == {"unsubscribe stood": 1}
    assert sync("unsubscribe", token="x" * 37) == {"unsubscribe refused": 1}
    last = history(db, ada)[-1].entry
    assert (last.kind, last.channel, last.effective_at) == ("withdrawn", "one-click", "2022-09-30T09:00:00Z")
    operation = db.one("SELECT operator, via, command FROM operations ORDER BY id DESC")
    assert tuple(operation) == ("reader", "pages", "sync unsubscribe")


def test_a_clock_of_the_public_host_that_is_ahead_does_not_stop_anybody(db, sync, workspace, now):
    ada = person(db, "Ada", now)
    queued(db, workspace, now)
    ahead = now + dt.timedelta(days=3)
    assert sync("unsubscribe", token=link(db, ada), at=ahead) == {"unsubscribe done": 1}
    assert history(db, ada)[-1].entry.effective_at == "2022-09-30T10:00:00Z"


@pytest.fixture
def ada(db, workspace, now):
    sync_lists(db, workspace.config, now)
    ada = person(db, "Ada", now)
    queued(db, workspace, now)
    return ada


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


def test_a_link_that_went_to_another_address_does_not_say_yes_for_this_one(db, sync, ada, wording, now):
    from newsletter.contacts import Changes, edit_contact

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


def test_what_is_asked_about_somebody_s_data_becomes_a_request(sync, rights):
    assert sync("access", email="zoe@example.org", words="Why?") == {"access done": 1}
    assert sync("erasure", email="zoe@example.org") == {"erasure done": 1}
    assert rights == [
        ("access", "zoe@example.org", "Why?", "2022-09-30"),
        ("erasure", "zoe@example.org", "", "2022-09-30"),
    ]


def test_what_names_a_list_that_has_gone_waits_until_it_is_there_again(db, sync, desk, wording, now, inbox):
    both = joining(wording, lists=("partners", "contributors"))
    narrow = desk.config.model_copy(update={"lists": {"partners": desk.config.lists["partners"]}})
    without = Desk(db, narrow, desk.now, desk.ask_right)
    assert sync("subscribe", desk=without, **both) == {"subscribe aside": 1}
    assert inbox.count() == 0
    assert count_aside(db) == {"newsletter.toml has no list 'contributors' any more": 1}
    assert len(waiting(db)) == 1
    assert sync(desk=without) == {}
    assert len(waiting(db)) == 1  # nobody is asked again by that
    assert sync() == {"subscribe asked": 1}
    assert count_aside(db) == {}
    assert len(waiting(db)) == 2


def test_words_that_nobody_knows_any_more_are_no_evidence(db, sync, wording):
    assert sync("subscribe", **joining("0" * 64)) == {"subscribe aside": 1}
    assert entries(db) == []


def test_what_was_sealed_for_another_key_is_kept_and_said(db, desk, workspace, now):
    path = workspace.root / "other.db"
    with open_inbox(path, sealing_key(new_key())) as inbox:
        inbox.add("unsubscribe", {"token": "t"}, now)
        taken = take_over(desk, [Here(inbox)])
        assert inbox.count() == 0
    assert taken.aside == {"it was sealed for another key, or damaged on its way": 1}
    assert forget_aside(db, now) == 1
    assert count_aside(db) == {}


ODD = (
    {},
    {"email": 3},
    {"email": "x" * 9999, "lists": ["partners"]},
    {"token": ["a"]},
    {"lists": "partners", "email": "dora@example.org"},
    {"lists": [["partners"]], "email": "dora@example.org", "wording": {"partners": 7}},
    {"pause_until": "tomorrow", "token": "t"},
    {"name": "x" * 9000, "email": "dora@example.org"},
)


@pytest.mark.parametrize("kind", ["subscribe", "confirm", "renew", "unsubscribe", "preferences"])
def test_a_form_that_no_page_sends_stops_nothing_and_changes_nobody(db, sync, inbox, now, kind):
    for data in ODD:
        inbox.add(kind, data, now)
    counted = sync()
    assert sum(counted.values()) == len(ODD)
    assert {word.split()[1] for word in counted} <= {"refused", "aside", "stood"}
    assert entries(db) == []
    assert find_contacts(db, "dora@example.org") == []


def test_what_was_taken_over_is_not_taken_twice_when_it_could_not_be_removed(db, desk, inbox, wording, now):
    class Stubborn(Here):
        def remove(self, ids):
            raise KeyboardInterrupt

    inbox.add("subscribe", joining(wording), now)
    with pytest.raises(KeyboardInterrupt):
        take_over(desk, [Stubborn(inbox)])
    assert inbox.count() == 1
    before = entries(db), waiting(db)
    taken = take_over(desk, [Here(inbox)])
    assert (taken.total, taken.again) == (0, 1)
    assert (entries(db), waiting(db)) == before
    assert inbox.count() == 0


def test_a_sync_that_ends_before_its_commit_has_done_nothing(db, desk, inbox, wording, now, monkeypatch):
    from newsletter.replies import syncing

    inbox.add("subscribe", joining(wording), now)

    def breaks(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(syncing, "_keep", breaks)
        with pytest.raises(KeyboardInterrupt):
            take_over(desk, [Here(inbox)])
    assert (entries(db), waiting(db), find_contacts(db, "dora@example.org")) == ([], [], [])
    assert take_over(desk, [Here(inbox)]).total == 1
    assert len(entries(db)) == 1


def test_a_copy_of_the_database_takes_nothing_over(db, desk, inbox, workspace, wording, now, tmp_path):
    inbox.add("subscribe", joining(wording), now)
    copy = tmp_path / "copy.db"
    with closing(__import__("sqlite3").connect(copy)) as target:
        db.conn.backup(target)
    with closing((copied := open_database(copy)).conn), pytest.raises(ConfigError, match="taken over"):
        take_over(Desk(copied, desk.config, desk.now, desk.ask_right), [Here(inbox)])
    assert inbox.count() == 1


def test_what_lay_aside_goes_with_the_person(db, sync, wording, now):
    ada = person(db, "Ada", now)
    sync("subscribe", **joining("0" * 64, "ada@example.org"))
    assert count_aside(db)
    erase_person(db, find_subject(db, str(ada)), Actor("tester"), now)
    assert count_aside(db) == {}


def test_cleo_never_asked_and_a_form_with_her_address_gets_her_one_question(db, sync, wording, now):
    person(db, "Cleo", now, ())
    sync("subscribe", **joining(wording, "cleo@example.org"))
    record_ends(db, now + dt.timedelta(days=8), recorder="tester", confirm_days=7)
    assert [one.state for one in recipients_of(db, "confirmation:1")] == ["waiting"]
    [cleo] = find_contacts(db, "cleo@example.org")
    assert standing(db, cleo, "partners").state == "expired"
