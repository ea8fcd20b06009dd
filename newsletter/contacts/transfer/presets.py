"""The exports of other programs: their headings, and what their words mean here."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from newsletter.contacts.transfer import layout
from newsletter.contacts.transfer.headings import EVIDENCE, IGNORE, plain

Values = dict[str, str]  # field -> text, without those that are empty


@dataclass(frozen=True, slots=True)
class Preset:
    """What is known of a program's export.

    `tells` holds sets of plain headings: where one set is whole, the file is such an export.
    `adapt` turns a row's values, in place, into what our own headings would have said.
    """

    name: str
    title: str
    tells: tuple[frozenset[str], ...]
    headings: Mapping[str, str]  # plain heading -> field
    adapt: Callable[[Values], None]


def detect(headings: frozenset[str]) -> Preset | None:
    """The program whose export has these plain headings, or None."""
    found = (preset for preset in PRESETS.values() if any(tell <= headings for tell in preset.tells))
    return next(found, None)


def _mailchimp(values: Values) -> None:
    """Three files make an audience; UNSUB_TIME and CLEAN_TIME tell which one a row is from."""
    if values.pop("cleaned_on", ""):
        values["status"] = "cleaned"
    elif "left_on" in values:
        values["status"] = "unsubscribed"
    _agreed_where_dated(values, web=f"{EVIDENCE}opt-in IP" in values)
    if tags := values.get("tags"):
        values["tags"] = tags.replace('"', "")


def _civicrm(values: Values) -> None:
    if _yes(values.pop("deceased", "")):
        values["stop"] = "deceased"
    elif _yes(values.pop("no_email", "")):
        values["stop"] = "do-not-contact"
        values["status"] = "unsubscribed"
    if _yes(values.pop("no_bulk", "")):
        values["status"] = "unsubscribed"
    kind = values.pop("kind", "").casefold()
    if kind and kind not in ("individual", "household"):
        values["subscriber"] = "corporate"
    if language := values.get("language"):
        values["language"] = re.sub(r"\s*\(.*", "", language)
    groups = (values.pop("groups", ""), values.get("tags", ""))
    if any(groups):
        values["tags"] = ", ".join(filter(None, groups))
    values["basis_else"] = "unknown"


def _listmonk(values: Values) -> None:
    """A subscription that was confirmed by a click is a consent; being in the file is none."""
    standing = values.pop("subscription", "").casefold()
    if values.get("status", "").casefold() == "blocklisted":
        standing = ""
    if standing:
        values["status"] = standing
    created, updated = values.pop("created", ""), values.pop("updated", "")
    status = values.get("status", "").casefold()
    if status == "unsubscribed" and updated:
        values["left_on"] = updated
    if status == "confirmed" and created:
        values["given_on"] = created
        values[f"{EVIDENCE}confirmed"] = "by double opt-in in listmonk"
    _agreed_where_dated(values, web=status == "confirmed")
    _attributes(values)


def _attributes(values: Values) -> None:
    """listmonk's JSON of whatever a team kept: what has a name here is taken, the rest goes into the notes."""
    text = values.pop("attributes", "")
    try:
        kept = json.loads(text) if text else {}
    except ValueError:
        kept = {"attributes": text}
    if not isinstance(kept, dict):
        kept = {"attributes": text}
    rest = []
    for name, value in kept.items():
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if name in ("organisation", "language", "position") and name not in values:
            values[name] = said
        elif said not in ("", "null"):
            rest.append(f"{name}: {said}")
    if rest:
        values["notes"] = "\n".join(filter(None, (values.get("notes", ""), *rest)))


def _agreed_where_dated(values: Values, *, web: bool) -> None:
    """A consent where the export has its time; else nobody knows on what basis people were written to."""
    if "given_on" in values:
        values.setdefault("basis", "consent")
        if web:
            values.setdefault("channel", "web")
    else:
        values["basis_else"] = "unknown"


def _yes(text: str) -> bool:
    return text.strip().casefold() in ("1", "yes", "y", "true", "x", "ja", "oui", "sí", "si")


_MAILCHIMP = {
    "emailaddress": "email",
    "optintime": "given_on",
    "optinip": f"{EVIDENCE}opt-in IP",
    "confirmtime": f"{EVIDENCE}confirmed",
    "confirmip": f"{EVIDENCE}confirmation IP",
    "unsubtime": "left_on",
    "unsubcampaigntitle": f"{EVIDENCE}left with",
    "unsubreason": f"{EVIDENCE}reason",
    "unsubreasonother": f"{EVIDENCE}reason in words",
    "cleantime": "cleaned_on",
    # Guessed by Mailchimp from the IP address, not said by the person.
    **dict.fromkeys(("region", "cc", "timezone", "latitude", "longitude", "gmtoff", "dstoff"), IGNORE),
    **dict.fromkeys(("memberrating", "leid", "euid", "lastchanged", "unsubcampaignid"), IGNORE),
    **dict.fromkeys(("cleancampaigntitle", "cleancampaignid"), IGNORE),
}
_CIVICRM = {
    "currentemployer": "organisation",
    "donotemail": "no_email",
    "nobulkemailsuseroptout": "no_bulk",
    "isdeceased": "deceased",
    "deceased": "deceased",
    "contacttype": "kind",
    "groups": "groups",
    "preferredlanguage": "language",
    "streetaddress": "street",
    "supplementaladdress1": IGNORE,
    "city": "city",
    "postalcode": "postcode",
    "country": "country",
    "organizationname": IGNORE,  # what an organisation is called that is itself the contact
    **dict.fromkeys(("contactid", "internalcontactid", "sortname", "externalidentifier"), IGNORE),
    "displayname": "name",
}
_LISTMONK = {
    "uuid": IGNORE,
    "attributes": "attributes",
    "status": "status",
    "subscriptionstatus": "subscription",
    "subscriptions": "subscription",
    "createdat": "created",
    "updatedat": "updated",
}
#: An export of our own, which says more than any other file: read by `ours`.
OURS = "newsletter"
_OURS = {plain(name): name if name == "email" else f"{OURS}:{name}" for name in layout.HEADINGS}
PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            OURS,
            "an export of newsletter",
            (frozenset({plain(layout.ID), "email"}),),
            _OURS,
            lambda values: None,
        ),
        Preset(
            "mailchimp",
            "Mailchimp's audience export",
            (frozenset({"emailaddress", "leid", "euid"}), frozenset({"emailaddress", "memberrating"})),
            _MAILCHIMP,
            _mailchimp,
        ),
        Preset(
            "civicrm",
            "CiviCRM's contact export",
            (
                frozenset({"donotemail", "email"}),
                frozenset({"nobulkemailsuseroptout", "email"}),
                frozenset({"contactid", "contacttype", "email"}),
            ),
            _CIVICRM,
            _civicrm,
        ),
        Preset(
            "listmonk",
            "listmonk's subscribers",
            (
                frozenset({"uuid", "email", "attributes", "status"}),
                frozenset({"uuid", "email", "subscriptionstatus"}),
            ),
            _LISTMONK,
            _listmonk,
        ),
    )
}
