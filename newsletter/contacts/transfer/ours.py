"""Read an export of ours back: everything that was kept of a person, and of a consent never more than it was."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from newsletter.addresses import normalise, parse_address
from newsletter.contacts.dates import effective, parse_day, past_day
from newsletter.contacts.fields import BadField, one_line
from newsletter.contacts.ledger import BASES, DOUBLE_OPT_IN
from newsletter.contacts.people import NewContact, addresses_of, checked
from newsletter.contacts.suppression import REASONS
from newsletter.contacts.transfer.agreements import AgreementReader, Given, as_text
from newsletter.contacts.transfer.columns import Columns
from newsletter.contacts.transfer.formulas import unguarded
from newsletter.contacts.transfer.layout import Person, person_of
from newsletter.contacts.transfer.lines import Row
from newsletter.contacts.transfer.presets import OURS
from newsletter.contacts.wordings import BadWording, read_wording
from newsletter.errors import near
from newsletter.tokens import Key, address_key

STANDINGS = ("none", "given", "unconfirmed", "expired", "withdrawn")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def is_ours(columns: Columns) -> bool:
    """Whether a file is an export of ours."""
    return columns.preset is not None and columns.preset.name == OURS


@dataclass(slots=True)
class OursReader:
    """Turns the rows of an export of ours into people."""

    columns: Columns
    agreed: AgreementReader
    key: Key

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """The person in a row. Raises InputError with field and reason."""
        if len(cells) > self.columns.width and any(cells[self.columns.width :]):
            raise BadField(f"it has {len(cells)} fields, where the headings are {self.columns.width}")
        padded = [*cells, *[""] * (self.columns.width - len(cells))]
        values = self.columns.values(padded)
        person = person_of({_heading(name): unguarded(text) for name, text in values.items()})
        return self._row(line, person)

    def _row(self, line: int, person: Person) -> Row:
        contact = _contact(person)
        addresses = addresses_of(contact)
        if not (addresses or contact.name):
            raise BadField("email: there is neither an address nor a name to know this person by")
        first = addresses[0] if contact.email else None
        given = [self._given(one) for one in person["lists"]]
        own = {name: one_line(text, name) for name, text in person["fields"].items()}
        return Row(
            line=line,
            key=address_key(self.key, first.normalised) if first else self._nobodys(contact.name),
            email=first.email if first else "",
            normalised=first.normalised if first and first.normalised != first.email else "",
            others="\n".join(one.email for one in addresses[bool(first) :]),
            name=contact.name,
            given_name=contact.given_name,
            position="",
            language=contact.language,
            format=contact.format,
            postal_address=contact.postal_address,
            subscriber=contact.subscriber,
            stop=contact.stop,
            notes=contact.notes,
            organisations="\n".join(contact.organisations),
            roles="\n".join(contact.roles),
            tags="\n".join(contact.tags),
            own=json.dumps(own, ensure_ascii=False) if own else "",
            given=as_text(tuple(one for one in given if one)),
            suppress="",
            ours=json.dumps(self._more(person, contact), ensure_ascii=False),
        )

    def _nobodys(self, name: str) -> str:
        """What stands in place of an address's key for somebody without one; no address has it."""
        return self.key.mac("nobody", name.casefold().encode())[:16].hex()

    def _more(self, person: Person, contact: NewContact) -> Person:
        """What a row of another program's file does not say."""
        return {
            "id": person["id"].strip(),
            "paused_until": contact.paused_until,
            "added_at": self._time(person["added_at"], "added at"),
            "roles": [_role(one) for one in person["roles"]],
            "positions": {
                one["name"]: one_line(one["position"], "position") for one in person["organisations"]
            },
            "lists": [self._membership(one) for one in person["lists"]],
            "barred": self._barred(person, contact),
        }

    def _barred(self, person: Person, contact: NewContact) -> dict[str, str]:
        """The keys of addresses that must never be written to, and why."""
        found = {}
        for email, reason in zip(
            [contact.email, *person["other_emails"]], person["suppressed"], strict=False
        ):
            if reason and reason not in REASONS:
                raise BadField(f"never to be written to: {reason!r} is not one of {', '.join(REASONS)}")
            if reason and email:
                found[address_key(self.key, normalise(email))] = reason
        return found

    def _membership(self, one: Mapping[str, str]) -> dict[str, str]:
        return {
            "list": self.agreed.list_name(one["list"]),
            "member_since": self._time(one["member_since"], "on the list since"),
            "agreed_on": self._time(one["agreed_on"], "agreed on"),
            "expired": self._time(one["since"], "standing since") if one["standing"] == "expired" else "",
        }

    def _given(self, one: Mapping[str, str]) -> Given | None:
        """The one entry that a standing leads to; None where nothing stands. An end follows as its own entry."""
        name, standing = self.agreed.list_name(one["list"]), one["standing"] or "none"
        if standing not in STANDINGS:
            raise BadField(
                f"standing: {standing!r} is not one of {', '.join(STANDINGS)}{near(standing, STANDINGS)}"
            )
        if standing == "none":
            # Whoever is on a list without standing stays there, on a basis that nobody knows.
            return self._member(name, one) if one["member_since"] else None
        since = one["agreed_on"] or one["since"] if standing == "expired" else one["since"]
        order = self.agreed.order
        channel = DOUBLE_OPT_IN if standing == "unconfirmed" else one_line(one["channel"], "channel", 60)
        if standing != "unconfirmed" and channel.casefold() == DOUBLE_OPT_IN:
            channel = "web"  # it was confirmed; the same word would wait for another click
        given = Given(
            list=name,
            basis=_basis(one["basis"]),
            effective_at=self._time(since, "standing since"),
            source=one_line(one["source"], "source") or order.source,
            channel=channel or order.channel or "import",
            wording="",
            expires_at=parse_day(one["expires_on"], "expires on").isoformat() if one["expires_on"] else "",
            kind="withdrawn" if standing == "withdrawn" else "given",
        )
        if given.expires_at and given.expires_at < given.effective_at[:10]:
            raise BadField(f"expires on: {given.expires_at} lies before {given.effective_at[:10]}")
        if not given.effective_at:
            raise BadField(f"standing since: it is empty, and {name} says {standing}")
        return self._worded(given, one)

    def _member(self, name: str, one: Mapping[str, str]) -> Given:
        since = self._time(one["member_since"], "on the list since")
        return Given(name, "unknown", since, self.agreed.order.source, "import", "", "")

    def _worded(self, given: Given, one: Mapping[str, str]) -> Given:
        """With the wording where it lies in consent/ as it was; else its name and fingerprint are kept beside."""
        evidence = []
        if given.kind == "withdrawn" and one["agreed_on"]:
            evidence.append(("agreed on", one["agreed_on"]))
        name, digest = one["wording"], one["wording_digest"]
        if not (name or digest):
            return replace(given, evidence=tuple(evidence))
        try:
            found = read_wording(Path("consent", Path(name).name), self.agreed.order.root)
        except BadWording:
            found = None
        if found is not None and found.digest == digest:
            self.agreed.wordings[digest] = found
            return replace(given, wording=digest, evidence=tuple(evidence))
        evidence.append(("wording", one_line(f"{name} {digest}", "wording")))
        return replace(given, evidence=tuple(evidence))

    def _time(self, text: str, field: str) -> str:
        """A kept time as it stands; a day as people write it, where a spreadsheet program made it that."""
        if not text:
            return ""
        if _TIME.fullmatch(text):
            past_day(text, self.agreed.order.today, field)
            return text
        return effective(past_day(text, self.agreed.order.today, field), self.agreed.now)


def _heading(name: str) -> str:
    """The heading of a field, as `presets` has it: 'newsletter:roles since', 'email', 'field:region'."""
    return name.removeprefix(f"{OURS}:")


def _contact(person: Person) -> NewContact:
    found = checked(
        NewContact(
            **{name: person[name] for name in ("email", "name", "given_name", "language", "subscriber")},
            **{name: person[name] for name in ("postal_address", "stop", "paused_until", "notes")},
            format=person["format"] or "html",
            other_emails=tuple(person["other_emails"]),
            organisations=tuple(one["name"] for one in person["organisations"]),
            roles=tuple(one["role"] for one in person["roles"]),
            tags=tuple(person["tags"]),
        )
    )
    if not found.email.strip():
        return found
    return replace(found, email=parse_address(found.email, smtputf8=True).email)


def _role(one: Mapping[str, str]) -> dict[str, str]:
    days = {
        name: parse_day(one[name], f"role {name}").isoformat() if one[name] else ""
        for name in ("since", "until")
    }
    return {"role": one["role"], **days}


def _basis(text: str) -> str:
    basis = text.casefold() or "unknown"
    if basis not in BASES:
        raise BadField(f"basis: {text!r} is not one of {', '.join(BASES)}{near(basis, BASES)}")
    return basis
