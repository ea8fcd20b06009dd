"""A study with mailings, whose messages were sent, refused, skipped, and came back."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import count

import pytest

from newsletter.config import Workspace
from newsletter.contacts import sync_lists
from newsletter.database import Database, renew_counts
from newsletter.reports import Figures, Mailed, all_mailings


@dataclass
class Study:
    """Puts mailings, deliveries and what came back into the database, row by row."""

    db: Database
    _numbers: count = field(default_factory=lambda: count(1))

    def mailing(self, issue: str, *, kind: str = "issue", day: str = "2022-06-30") -> int:
        return self.put(
            "mailings",
            kind=kind,
            issue=issue,
            issue_digest="",
            state="done",
            lists='["partners"]',
            headers='{"name": "", "email": "", "reply_to": "", "list_id": "", "public_url": ""}',
            queued_at=f"{day}T09:00:00Z",
        )

    def delivery(self, mailing: int, email: str = "", *, state: str = "sent", **more: object) -> int:
        number = next(self._numbers)
        usual: dict[str, object] = {
            "mailing_id": mailing,
            "recipient_key": str(number),
            "contact_id": number,
            "email": email or f"reader{number}@example.org",
            "lists": '["partners"]',
            "state": state,
            "token": str(number),
            "changed_at": "2022-06-30T09:04:00Z",
        }
        return self.put("deliveries", **(usual | more))

    def came_back(self, delivery: int, kind: str, severity: str = "", reason: str = "") -> int:
        number = next(self._numbers)
        return self.put(
            "replies",
            digest=str(number),
            kind=kind,
            severity=severity,
            reason=reason,
            delivery_id=delivery,
            source="file",
            state="done",
            recorded_at="2022-07-01T09:00:00Z",
        )

    def entry(self, contact: int, kind: str, day: str, *, on: str = "partners", **more: object) -> int:
        """An entry of the ledger, its detail empty but for a delivery that `by` names."""
        by = more.pop("by", 0)
        sequence = next(self._numbers)
        self.put(
            "consents",
            sequence=sequence,
            contact_id=contact,
            list=on,
            kind=kind,
            basis="consent",
            effective_at=day,
            recorded_at=f"{day}T10:00:00Z",
            channel="one-click",
            recorder="reader",
            detail_hash="",
            mac="",
            **more,
        )
        self.put("consent_details", sequence=sequence, salt="", detail=f'{{"delivery":{by}}}' if by else "{}")
        return sequence

    def person(
        self, contact: int, *, on: str = "partners", bounced: str = "", reason: str = "bounced"
    ) -> None:
        """Somebody who has agreed to a list; `bounced` is the day on which their address came back dead."""
        day = "2022-01-01"
        self.put("contacts", id=contact, created_at=day, updated_at=day)
        self.put(
            "addresses", contact_id=contact, email=f"p{contact}@example.org", normalised=f"p{contact}@example.org",
            address_key=f"key{contact}", is_primary=1,
        )  # fmt: skip
        sequence = self.entry(contact, "given", day, on=on)
        self.put("subscriptions", contact_id=contact, list=on, state="given", basis="consent", since=day, sequence=sequence)  # fmt: skip
        self.put("list_members", list=on, contact_id=contact, added_at=day)
        if bounced:
            self.put("suppressions", address_key=f"key{contact}", reason=reason, recorded_at=f"{bounced}T09:00:00Z", recorder="mailbox")  # fmt: skip

    def figures(self, issue: str) -> Figures:
        return next(one.figures for one in self.mailings() if one.issue == issue)

    def mailings(self) -> list[Mailed]:
        renew_counts(self.db)
        return all_mailings(self.db.conn)

    def put(self, table: str, **values: object) -> int:
        marks = ", ".join("?" * len(values))
        done = self.db.conn.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values())
        )
        return int(done.lastrowid or 0)


@pytest.fixture
def study(db: Database, workspace: Workspace, now: dt.datetime) -> Study:
    sync_lists(db, workspace.config, now)
    return Study(db)
