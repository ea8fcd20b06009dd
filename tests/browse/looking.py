"""A database with the standing cast, and how pages are asked for without a server."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from newsletter.database import Database

HOST = "127.0.0.1:8001"
Ask = Callable[..., httpx.Response]


@dataclass
class Cast:
    """Puts people, consents and messages into a database, row by row."""

    db: Database
    sequence: int = 0
    ids: dict[str, int] = field(default_factory=dict)

    def lists(self) -> None:
        for name, shown in (("partners", "Project partners"), ("contributors", "Public contributors")):
            self.add("lists", list=name, name=shown, created_at="2022-01-01T00:00:00Z")

    def add(self, table: str, **values: object) -> int:
        marks = ", ".join("?" * len(values))
        done = self.db.conn.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )
        return int(done.lastrowid or 0)

    def organisation(self, name: str) -> int:
        return self.add("organisations", name=name, created_at="2022-01-01T00:00:00Z")

    def person(
        self, contact_id: int, name: str, *, email: str = "", organisation: int = 0, **more: object
    ) -> int:
        at = "2022-06-14T09:00:00Z"
        self.add("contacts", id=contact_id, name=name, created_at=at, updated_at=at, **more)
        if email:
            self.add(
                "addresses",
                contact_id=contact_id,
                email=email,
                normalised=email.casefold(),
                address_key=f"key-{contact_id}",
                is_primary=1,
            )
        if organisation:
            self.add("contact_organisations", contact_id=contact_id, organisation_id=organisation)
        named = self.db.one("SELECT name FROM organisations WHERE id = ?", organisation)
        self.add(
            "people_search", rowid=contact_id, name=name, email=email, organisation=named[0] if named else ""
        )
        self.ids[name] = contact_id
        return contact_id

    def member(self, contact_id: int, name: str) -> None:
        self.add("list_members", list=name, contact_id=contact_id, added_at="2022-06-14T09:00:00Z")

    def consent(
        self,
        contact_id: int,
        name: str,
        kind: str,
        date: str,
        *,
        state: str = "given",
        wording: str = "",
        kept: bool = True,
        **more: object,
    ) -> int:
        self.sequence += 1
        self.add(
            "consents",
            sequence=self.sequence,
            contact_id=contact_id,
            list=name,
            kind=kind,
            basis="consent",
            effective_at=date,
            recorded_at=f"{date}T10:00:00Z",
            channel="paper",
            wording_digest=wording,
            recorder="tester",
            detail_hash="",
            mac="",
            **more,
        )
        self.add(
            "consent_details", sequence=self.sequence, salt="", detail='{"source": "workshop sign-up sheet"}'
        )
        if not kept:
            return self.sequence
        self.db.conn.execute(
            "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, 'consent', ?, ?, ?)",
            (contact_id, name, state, date, more.get("expires_at") or "9999-12-31", self.sequence),
        )
        return self.sequence

    def mailing(self, issue: str, *, state: str = "done") -> int:
        return self.add(
            "mailings",
            kind="issue",
            issue=issue,
            issue_digest="",
            state=state,
            lists='["partners"]',
            headers="{}",
            queued_at="2022-06-30T09:00:00Z",
            finished_at="2022-06-30T10:00:00Z",
        )

    def delivery(
        self, mailing: int, contact_id: int, state: str, *, reason: str = "", reply: str = ""
    ) -> int:
        return self.add(
            "deliveries",
            mailing_id=mailing,
            recipient_key=f"key-{contact_id}",
            contact_id=contact_id,
            email=f"{contact_id}@example.org",
            state=state,
            reason=reason,
            reply=reply,
            token=f"{mailing}-{contact_id}",
            changed_at="2022-06-30T09:04:00Z",
        )

    def snapshot(self, issue: str, contact_id: int, reason: str = "") -> None:
        self.add(
            "audience_snapshot",
            issue=issue,
            contact_id=contact_id,
            decision="skip" if reason else "send",
            reason=reason,
            lists="" if reason else "partners",
            taken_at="2022-09-24T15:00:00Z",
        )


def standing_cast(cast: Cast) -> None:
    """Ada has consented, Ben has withdrawn, Cleo never asked; Dev's address came back dead."""
    cast.lists()
    group = cast.organisation("Northern involvement group")
    museum = cast.organisation("A county museum service")
    cast.add(
        "wordings",
        digest="w1",
        name="partners-v1.md",
        text="I agree to news.",
        recorded_at="2022-01-01T00:00:00Z",
    )
    cast.person(11, "Ada Example", email="ada@example.org", organisation=group, language="en")
    cast.person(12, "Ben Okafor", email="ben@example.org", organisation=museum)
    cast.person(13, "Cleo Sample", email="cleo@example.org")
    cast.person(14, "Dev Person", email="dev@example.org", format="large-print")
    cast.add("contact_roles", contact_id=11, role="contributor", since="2022-06-14")
    for contact_id in (11, 12, 13, 14):
        cast.member(contact_id, "partners")
    cast.consent(11, "partners", "given", "2022-06-14", wording="w1")
    cast.consent(12, "partners", "given", "2022-06-14", wording="w1")
    cast.consent(12, "partners", "withdrawn", "2022-08-02", state="withdrawn")
    cast.consent(14, "partners", "given", "2022-07-01")
    cast.add(
        "suppressions",
        address_key="key-14",
        reason="bounced",
        recorded_at="2022-07-30T08:00:00Z",
        recorder="tester",
    )
    june = cast.mailing("2022-06")
    cast.delivery(june, 11, "sent", reply="250 2.0.0 Ok")
    cast.delivery(june, 12, "in-doubt")
    cast.delivery(june, 14, "refused", reply="550 5.1.1 No such user")
    cast.delivery(june, 13, "skipped", reason="no-consent")
    cast.snapshot("2022-09", 11)
    cast.snapshot("2022-09", 12, "withdrawn")
    cast.snapshot("2022-09", 13, "no-consent")
    cast.snapshot("2022-09", 14, "bounced")


def asking(app: Any, cookies: dict[str, str] | None = None, host: str = HOST) -> Ask:
    """A function that asks an application for a page."""

    def ask(path: str, method: str = "GET", **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(
                transport=transport, base_url=f"http://{host}", cookies=cookies
            ) as client:
                return await client.request(method, path, **more)

        return asyncio.run(asked())

    return ask


def words(html: str) -> str:
    """The page's text, blanks made one."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))
    return text.replace(" ,", ",").replace(" .", ".").replace(" ;", ";")
