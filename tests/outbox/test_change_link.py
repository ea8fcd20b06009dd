"""With public pages each message leads to where its reader changes what they get; without, nothing differs."""

import datetime as dt
import email
import email.policy
import re
from typing import Any

import pytest
from postroom import TAKE_AND_DROP

from newsletter.approval import approve
from newsletter.config import Config, Workspace
from newsletter.database import Database, rotate_key
from newsletter.edition import fill_html, fill_text, render_all, render_edition, sample_personal
from newsletter.issue import Issue, read_issue
from newsletter.outbox import doubtful_of, opaque_at, queue_mailing, settle_doubts
from newsletter.publishing import sent_issues, site_files
from newsletter.tokens import read_token

SLUG = "2022-09"
TEXT = "title: {en: News, cy: Newyddion}\ndate: 30 September 2022\nlanguages: [en, cy]\nlists: [partners]\nsections: []\n"


@pytest.fixture
def news(workspace: Workspace) -> Issue:
    path = workspace.issues / f"{SLUG}.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return read_issue(path, workspace.root)


def public(config: Config) -> Config:
    pages = config.public.model_copy(update={"url": "https://news.example.org"})
    return config.model_copy(update={"public": pages})


def test_only_a_study_with_public_pages_offers_it(news: Issue, config: Config) -> None:
    without, within = render_edition(news, (), config), render_edition(news, (), public(config))
    assert "CHANGE" not in without.html + without.text
    personal = sample_personal(public(config))
    html, text = fill_html(within, personal), fill_text(within, personal)
    assert 'href="https://example.invalid/change-what-you-get"' in html
    assert "Change what you get:\nhttps://example.invalid/change-what-you-get" in text
    assert within.marker not in html + text


def test_it_is_said_in_the_language_of_the_edition(news: Issue, config: Config) -> None:
    welsh = render_all(news, public(config))["public.cy"]
    assert "Newid yr hyn a gewch" in welsh.html
    assert "Newid yr hyn a gewch:" in welsh.text


def test_the_link_is_this_readers_own_and_a_resend_is_the_same_bytes(
    db: Database, cast: Any, news: Issue, config: Config, send: Any, now: dt.datetime
) -> None:
    send.config = settings = public(config)
    editions = render_all(news, settings)
    approve(db, SLUG, editions, "Sam", "lead", now)
    mailing = queue_mailing(db, news, editions, settings, now)
    send.room.say("dot", TAKE_AND_DROP, times=1)
    send(mailing)
    (doubt,) = doubtful_of(db, SLUG)
    settle_doubts(db, {doubt.id: False}, now)
    rotate_key(db, "sam", now)
    send(mailing)
    first, second = send.room.taken
    assert first.content == second.content

    body = email.message_from_bytes(first.content, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    token = re.findall(r"https://news\.example\.org/preferences/(\w+)", body.get_content())
    (row,) = db.one("SELECT id FROM deliveries WHERE contact_id = ?", cast.ada)
    assert [read_token(db.key, "preferences", one) for one in token] == [opaque_at(db, row)]
    assert read_token(db.key, "unsubscribe", token[0]) is None


def test_the_archive_leads_nobody_to_somebodys_page(
    db: Database, cast: Any, news: Issue, config: Config, send: Any, now: dt.datetime
) -> None:
    send.config = settings = public(config)
    editions = render_all(news, settings)
    approve(db, SLUG, editions, "Sam", "lead", now)
    send(queue_mailing(db, news, editions, settings, now))
    page = site_files(sent_issues(db, settings)[0], settings)[f"{SLUG}/index.html"].decode()
    assert "preferences" not in page
    assert "example.invalid" not in page
    assert "Change what you get" not in page
