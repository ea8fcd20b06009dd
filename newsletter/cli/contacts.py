"""`newsletter contacts`: import, add, show, edit and find people."""

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.completing import list_names
from newsletter.cli.console import (
    json_option,
    now,
    print_json,
    print_table,
    printable,
    takes_workspace,
    yes_option,
)
from newsletter.cli.exporting import export
from newsletter.cli.log import log
from newsletter.cli.many import role, tag
from newsletter.cli.merge import duplicates, merge
from newsletter.cli.own import day_of, may_have_roles, own_fields, own_options
from newsletter.cli.people import changing, consent_event, consent_options, people_of, who_in_words
from newsletter.cli.relating import as_dicts, in_words, relate, unrelate
from newsletter.cli.undo import undo

if TYPE_CHECKING:
    from newsletter.config import Workspace

_DAYS = {"role_since": "--role-since", "role_until": "--on"}
_several: dict[str, Any] = {"multiple": True, "metavar": "TEXT"}


@click.group()
def contacts() -> None:
    """People: import them from a file, add, show, edit and find them.

    \b
    Example:
      newsletter contacts import people.csv --list partners --basis consent \\
          --source "workshop sign-up sheet" --given-on 2022-06-14 --dry-run
      newsletter contacts show ada@example.org
    """


@contacts.command("import")
@click.argument("file", type=click.Path())
@click.option(
    "--list", "lists", multiple=True, shell_complete=list_names, help="The list they join (again for more)."
)
@click.option("--basis", default="", help="The lawful basis for rows without one: consent, unknown …")
@click.option("--source", default="", help="Where the file comes from: 'workshop sign-up sheet'.")
@click.option("--given-on", default="", help="The day they agreed, such as 2022-06-14.")
@click.option("--wording", default="", help="The file in consent/ with the words they agreed to.")
@click.option("--channel", default="", help="How they agreed: paper, web, phone … (default: import).")
@click.option(
    "--from",
    "program",
    type=click.Choice(["mailchimp", "civicrm", "listmonk", "bcc", "none"]),
    default=None,
    help="Whose export it is (default: told by its headings).",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="HEADING=FIELD",
    help="What a column is (again for more); kept for the next file of the same --source.",
)
@click.option("--sheet", default="", help="The sheet of a workbook (default: the first that is not empty).")
@click.option("--encoding", default="", help="cp1252, mac_roman … where accents come out wrong.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option(
    "--show",
    default=20,
    show_default=True,
    type=click.IntRange(min=0),
    metavar="N",
    help="With --dry-run: how many people to show, with what changes of each.",
)
@click.option("--skip-bad", is_flag=True, help="Take the good lines though others are bad.")
@json_option
@yes_option
@takes_workspace
def import_(workspace: "Workspace", **options: Any) -> None:
    """Import people from a CSV file or an Excel workbook, all of them or none; - reads stdin.

    Columns are matched by their headings, in English, Welsh and other languages: email, name,
    given name, surname, organisation, role, tags, language, format, notes, postal address; and, for
    what they agreed to, list, basis, given on, source, channel, wording. Say what another column is
    with --map. Exports of Mailchimp, CiviCRM and listmonk are known by their headings, and so is a
    list of addresses copied from a Bcc field.

    Lines that cannot be taken are listed with their reason and written to FILE.rejects.csv. A
    withdrawal is never undone by a file, and the same file again changes nothing.

    \b
    Example:
      newsletter contacts import people.csv --list partners --basis consent \\
          --source "workshop sign-up sheet" --given-on 2022-06-14 \\
          --wording consent/partners-v1.md --dry-run
      newsletter contacts import people.xlsx --source "the funder" --map "Mail 1=email" \\
          --map "Area=field:region" --map "Shoe size=ignore"
      newsletter contacts import subscribed.csv --from mailchimp --list partners
      newsletter contacts import - --from bcc --list partners --basis unknown < addresses.txt
    """
    from newsletter.cli.importing import run_import

    run_import(workspace, {**options, "program": options["program"] or ""})


@contacts.command()
@click.argument("email", required=False, default="")
@click.option("--name", default="", help="The whole name, as it is written.")
@click.option("--given-name", default="", help="For the greeting, where the name does not begin with it.")
@click.option("--organisation", "organisations", **_several, help="An organisation (again for more).")
@click.option("--position", default="", help="What they do there.")
@click.option("--role", "roles", **_several, help="partner, contributor, participant, staff, funder, press …")
@click.option("--role-since", default="", help="The day from which they have it, such as 2021-05-01.")
@click.option("--tag", "tags", **_several, help="A tag (again for more).")
@own_options
@click.option("--language", default="", help="A tag such as en or cy.")
@click.option("--format", default="html", help="html, text, print or large-print.")
@click.option("--postal-address", default="", help="For those who want paper.")
@click.option("--subscriber", default="individual", help="individual, or corporate for a shared mailbox.")
@click.option("--notes", default="", help="Anything else; they may ask to see it.")
@click.option("--shared", is_flag=True, help="Add a second person with an address that is known already.")
@click.option(
    "--list",
    "lists",
    multiple=True,
    shell_complete=list_names,
    help="A list that they agreed to (again for more).",
)
@consent_options
@json_option
@takes_workspace
def add(
    workspace: "Workspace",
    lists: tuple[str, ...],
    consent: dict[str, str],
    shared: bool,
    own: tuple[str, ...],
    role_since: str,
    as_json: bool,
    **fields: Any,
) -> None:
    """Add one person, with what they agreed to if they did.

    \b
    Example:
      newsletter contacts add ada@example.org --name "Ada Obi" --role partner \\
          --list partners --source "email of 14 June" --given-on "14 June 2022"
    """
    from newsletter.addresses import needs_smtputf8
    from newsletter.contacts import (
        Changes,
        NewContact,
        add_contact,
        beyond_ascii,
        edit_contact,
        record_consent,
    )

    with changing(workspace, "contacts add") as db:
        _may_be_added(db, fields["email"], fields["name"], shared)
        may_have_roles(workspace, fields["roles"])
        contact_id = add_contact(db, NewContact(**fields), now())
        since = {"take_roles": fields["roles"], "role_since": day_of(role_since, "--role-since")}
        more = Changes(own=own_fields(workspace, own), **(since if role_since else {}))
        if more != Changes():
            edit_contact(db, contact_id, more, now())
        for name in lists:
            event = consent_event(db, workspace, consent, contact_id=contact_id, list=name, kind="given")
            record_consent(db, event, now())
        who = who_in_words(db, contact_id)
    if as_json:
        print_json({"id": contact_id, "email": fields["email"], "lists": lists})
    else:
        joined = f" to {', '.join(lists)}" if lists else "; they are on no list yet"
        click.echo(printable(f"Added {who}{joined}. Their id is {contact_id}."))
        if needs_smtputf8(fields["email"]):
            click.echo(f"Note: {beyond_ascii(1)}.")


@contacts.command()
@click.argument("who", metavar="ADDRESS-OR-ID")
@json_option
@takes_workspace
def show(workspace: "Workspace", who: str, as_json: bool) -> None:
    """Show everything that is kept about one person.

    \b
    Example:
      newsletter contacts show ada@example.org
    """
    from newsletter.cli.card import print_card
    from newsletter.contacts import End, contact_card, relationships_of, the_contact
    from newsletter.replies import came_from

    with people_of(workspace) as db:
        card = contact_card(db, the_contact(db, who), now())
        related = relationships_of(db, End(card.contact_id), workspace.config.relationships)
        came = came_from(db, card.contact_id)
    if as_json:
        told = {"relationships": as_dicts(related), "came_back": [one.as_dict() for one in came]}
        print_json(card.as_dict() | told)
    else:
        print_card(card, in_words(related), came)


@contacts.command()
@click.argument("who", metavar="ADDRESS-OR-ID")
@click.option("--name", help="The whole name.")
@click.option("--given-name", help="For the greeting.")
@click.option("--language", help="A tag such as en or cy; '' for none.")
@click.option("--format", help="html, text, print or large-print.")
@click.option("--postal-address", help="For those who want paper.")
@click.option("--subscriber", help="individual or corporate.")
@click.option("--notes", help="Takes the place of the old notes.")
@click.option("--stop", help="do-not-contact, deceased, left-study, or none.")
@click.option("--paused-until", help="Nothing is sent before this day; '' for no pause.")
@click.option("--add-email", "add_emails", **_several, help="One more address.")
@click.option("--remove-email", "remove_emails", **_several, help="An address to forget.")
@click.option("--primary", default="", help="The address to write to.")
@click.option("--join", **_several, help="An organisation to belong to.")
@click.option("--position", default="", help="What they do there, with --join.")
@click.option("--leave", **_several, help="An organisation to belong to no more.")
@click.option("--role", "take_roles", **_several, help="A role from today on.")
@click.option("--role-since", default="", help="The day from which they have it (default: today).")
@click.option("--end-role", "end_roles", **_several, help="A role that ends today, or --on another day.")
@click.option("--on", "role_until", default="", help="The day on which the role ends (default: today).")
@own_options
@click.option("--tag", "add_tags", **_several, help="A tag to add.")
@click.option("--untag", "remove_tags", **_several, help="A tag to take away.")
@takes_workspace
def edit(workspace: "Workspace", who: str, **options: Any) -> None:
    """Change what is kept about one person; what you do not name stays.

    \b
    Example:
      newsletter contacts edit ada@example.org --primary ada@new.example.org --role funder
      newsletter contacts edit ben@example.org --stop left-study
    """
    from newsletter.contacts import EDITABLE, Changes, edit_contact, the_contact

    fields = {name: value for name in EDITABLE if (value := options.pop(name)) is not None}
    options |= {name: day_of(options[name], label) for name, label in _DAYS.items()}
    may_have_roles(workspace, options["take_roles"])
    changes = Changes(fields=fields, **(options | {"own": own_fields(workspace, options["own"])}))
    if changes == Changes():
        raise click.UsageError("nothing was named that should change; `newsletter contacts edit --help`")
    with changing(workspace, "contacts edit") as db:
        contact_id = the_contact(db, who)
        edit_contact(db, contact_id, changes, now())
        click.echo(printable(f"Changed {who_in_words(db, contact_id)}."))


@contacts.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many at most."
)
@json_option
@takes_workspace
def find(workspace: "Workspace", words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find people by address, id, or the beginnings of words in name, address or organisation.

    \b
    Example:
      newsletter contacts find oba north
    """
    from newsletter.contacts import find_contacts, found_people, search_contacts

    text = " ".join(words)
    with people_of(workspace) as db:
        ids = find_contacts(db, text) or search_contacts(db, text, limit)
        people = found_people(db, ids)
    if as_json:
        print_json([person.as_dict() for person in people])
    elif people:
        print_table(
            ["id", "name", "email", "organisation"], ([p.id, p.name, p.email, p.organisation] for p in people)
        )
    else:
        click.echo("Nobody was found.", err=True)


contacts.add_command(export)
for command in (tag, role, relate, unrelate, duplicates, merge, log, undo):
    contacts.add_command(command)


def _may_be_added(db: Any, email: str, name: str, shared: bool) -> None:
    """Raises where nothing is known of the person, or the address is known or may not be written to."""
    from newsletter.contacts import find_contacts, find_suppression
    from newsletter.errors import InputError, NotAllowed

    if not (email or name):
        raise InputError("an address or a --name is needed to know this person by")
    if not email:
        return
    if standing := find_suppression(db, email):
        raise NotAllowed(
            f"{email} must never be written to ({standing.reason}); nobody was added",
            remedy="If they asked to come back: `newsletter suppress remove`, then add them.",
        )
    known = find_contacts(db, email)
    if known and not shared:
        raise InputError(
            f"{email} is the address of {who_in_words(db, known[0])} already",
            remedy="Use `contacts edit`, or `--shared` for a second person with the same address.",
        )
