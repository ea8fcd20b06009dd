"""Whatever comes back, nobody is barred but the one whom it is about, and nobody for what is not their doing."""

from typing import get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from returning import Round

from newsletter.replies import Failed, Kind, Reason, Reply, Severity

WRITTEN_TO = {"ada@example.org", "dora@example.org"}
ADDRESSES = [
    *WRITTEN_TO,
    "ADA@example.org",
    "ada@inner.example.net",
    "cleo@example.org",
    "x@example.com",
    "",
    "no address",
]
NOBODYS_DOING = {"mailbox-full", "blocked", "spam", "too-big", "policy", "content"}
FAILED = st.builds(
    Failed,
    st.sampled_from(ADDRESSES),
    st.sampled_from(get_args(Severity)),
    st.sampled_from(get_args(Reason)),
    st.sampled_from(["", "5.1.1", "4.2.2"]),
    st.text(max_size=20),
)


def suppressed(sent: Round) -> set[int]:
    rows = sent.db.conn.execute("SELECT contact_id FROM addresses JOIN suppressions USING (address_key)")
    return {row[0] for row in rows}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_only_whom_it_is_about_is_barred(sent: Round, data: st.DataObject) -> None:
    kind = data.draw(st.one_of(st.just("bounce"), st.sampled_from(get_args(Kind))))
    failed = tuple(data.draw(st.lists(FAILED, min_size=1, max_size=3)))
    about = data.draw(st.sampled_from([0, sent.ada, sent.dora]))
    tokens = (sent.message_id(about)[1:38],) if about else data.draw(st.sampled_from([(), ("a" * 37,)]))
    words = {"sender": data.draw(st.sampled_from(ADDRESSES)), "subject": data.draw(st.text(max_size=10))}
    reply = Reply(kind, failed, tokens=tokens, asks_to_stop=data.draw(st.booleans()), **words)

    sent.db.conn.execute("BEGIN")
    try:
        sent.back(reply)
        barred = suppressed(sent)
        held = {row[0] for row in sent.db.conn.execute("SELECT contact_id FROM holds")}
        left = {
            row[0] for row in sent.db.conn.execute("SELECT contact_id FROM consents WHERE kind = 'withdrawn'")
        }
    finally:
        sent.db.conn.rollback()

    named = {one.email.casefold() for one in failed}
    may = (
        {about}
        if about
        else {
            who
            for who, email in ((sent.ada, "ada@example.org"), (sent.dora, "dora@example.org"))
            if email in named
        }
    )
    assert sent.cleo not in barred | left
    # An address alone, which anybody can write, is not enough for a complaint: it holds back until it is decided.
    proven = may if about else set()
    assert barred <= (may if kind == "bounce" else proven if kind == "complaint" else set())
    assert left <= (proven if kind == "complaint" else set())
    if kind == "bounce" and all(one.severity != "hard" or one.reason in NOBODYS_DOING for one in failed):
        assert barred == set()
    if kind == "complaint":
        assert held <= (may - proven) | ({sent.cleo} if "cleo@example.org" in named and not about else set())
    elif not (reply.asks_to_stop and kind == "reply") and kind != "opt-out":
        assert held == set()
