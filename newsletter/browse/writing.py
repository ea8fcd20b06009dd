"""The pages on which something is written down about a person: shown, taken in, shown again with what is amiss."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from newsletter.addresses import BadAddress
from newsletter.browse.deeds import Deed, Values, carry_out
from newsletter.browse.forms import FORMS, Facts, Field, Form
from newsletter.browse.hooks import Browser, Datasette, Request, Response, may_look, rows
from newsletter.errors import NewsletterError


@dataclass(frozen=True, slots=True)
class Amiss:
    """What is wrong with a form; `field` is the name of the field it is about, '' for the whole."""

    field: str
    message: str


async def write_page(datasette: Datasette, request: Request) -> Response:
    """One form about one person. GET shows it and changes nothing; POST takes it in and leads back to the person."""
    from datasette import NotFound

    browser, form = await may_look(datasette, request), FORMS.get(request.url_vars["form"])
    contact_id = int(request.url_vars["contact_id"])
    found = (
        await rows(datasette, "SELECT * FROM contacts WHERE id = ?", contact_id) if contact_id < 2**63 else []
    )
    if form is None or not found:
        raise NotFound("There is no such page, or nobody with this number is kept here.")
    facts = await _facts(datasette, browser, found[0])
    page = _Page(datasette, request, form, facts)
    if request.method != "POST":
        values = form.values(facts) | {"opened": browser.clock().isoformat()}
        return await page.show({name: [value] for name, value in values.items()})
    return await _take_in(page, browser, contact_id)


async def _take_in(page: "_Page", browser: Browser, contact_id: int) -> Response:
    from datasette import Response

    body = await page.request.post_body()
    values = _read(body)
    now = browser.clock()
    deed = Deed(contact_id, values, browser.who, now, now.astimezone(browser.config.zone).date())
    if amiss := page.missing(values):
        return await page.show(values, amiss)
    if page.form.sure and values.get("sure") != ["yes"]:
        return await page.ask(values)
    # One after the other: a second click waits for the first, and then finds its form taken in.
    sent = hashlib.sha256(body).hexdigest()
    async with browser.writing:
        counts = True
        if "opened" not in values or sent not in browser.taken:
            try:
                counts = await asyncio.to_thread(carry_out, browser, page.form.name, page.form.command, deed)
            except NewsletterError as error:
                return await page.show(values, [page.about(error)])
            browser.taken.append(sent)
    done = page.form.name if counts else f"{page.form.name}&stands=1"
    return Response.redirect(f"/people/{contact_id}?done={done}", status=303)


def _read(body: bytes) -> Values:
    """What was filled in. Raises BadRequest for more fields than any form has."""
    from datasette.utils.asgi import BadRequest

    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1_000)
    except ValueError:
        raise BadRequest("This form has more fields than any of ours.") from None


@dataclass(frozen=True, slots=True)
class _Page:
    """A form as it is shown for one person."""

    datasette: Datasette
    request: Request
    form: Form
    facts: Facts

    async def show(self, values: Values, amiss: list[Amiss] | None = None) -> Response:
        """The form with what was typed, and what is wrong with it."""
        return await self._render("write.html", values, amiss or [])

    async def ask(self, values: Values) -> Response:
        """The question before something that counts at once."""
        return await self._render("sure.html", values, [])

    def missing(self, values: Values) -> list[Amiss]:
        """The fields that must be filled in and are not."""
        return [
            Amiss(field.name, "Choose at least one." if field.kind == "checks" else "Fill this in.")
            for field in self.form.fields(self.facts)
            if field.required and not any(text.strip() for text in values.get(field.name, ()))
        ]

    def about(self, error: NewsletterError) -> Amiss:
        """What a door refused, beside the field it is about."""
        if isinstance(error, BadAddress):
            return Amiss("email", _sentence(error.message))
        called, _, rest = error.message.partition(": ")
        for field in self.form.fields(self.facts):
            if rest and called in {field.name, *field.called}:
                return Amiss(field.name, _sentence(rest))
        text = _sentence(error.message)
        return Amiss("", f"{text} {error.remedy}" if error.remedy else text)

    async def _render(self, template: str, values: Values, amiss: list[Amiss]) -> Response:
        from datasette import Response

        who = self.facts.person["name"] or self.facts.email or "somebody without a name"
        fields = self.form.fields(self.facts)
        context: dict[str, Any] = {
            "form": self.form,
            "form_title": self.form.title.format(who=who),
            "person": self.facts.person,
            "who": who,
            "fields": fields,
            "values": values,
            "amiss": amiss,
            "wrong": {one.field: one.message for one in amiss if one.field},
            "answers": [(field.label, _answer(field, values)) for field in fields],
        }
        html = await self.datasette.render_template(template, context, self.request)
        return Response.html(html, status=422 if amiss else 200)


def _sentence(text: str) -> str:
    begun = text if text.startswith("contacts.db") else f"{text[0].upper()}{text[1:]}"
    return f"{begun.rstrip('.')}."


def _answer(field: Field, values: Values) -> str:
    """What was answered, in words."""
    words = dict(field.choices)
    return ", ".join(words.get(text, text) for text in values.get(field.name, ()) if text)


async def _facts(datasette: Datasette, browser: Browser, person: Any) -> Facts:
    async def choices(sql: str, *values: object) -> tuple[tuple[str, str], ...]:
        return tuple((str(row[0]), str(row[1])) for row in await rows(datasette, sql, *values))

    number = person["id"]
    email = await rows(
        datasette, "SELECT email FROM addresses WHERE contact_id = ? AND is_primary = 1", number
    )
    return Facts(
        person=person,
        email=email[0][0] if email else "",
        today=browser.today.isoformat(),
        lists=tuple((name, settings.name) for name, settings in browser.config.lists.items()),
        theirs=await choices(
            "SELECT list, list_name || ' (' || standing || ')' FROM list_standing WHERE contact_id = ? ORDER BY list_name",
            number,
        ),
        wordings=await choices("SELECT digest, name FROM wordings ORDER BY recorded_at DESC, name LIMIT 50"),
        organisations=await choices(
            "SELECT o.id, o.name FROM contact_organisations co JOIN organisations o ON o.id = co.organisation_id "
            "WHERE co.contact_id = ? ORDER BY o.name",
            number,
        ),
    )
