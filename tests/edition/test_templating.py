"""Templates of the workspace: which one wins, and what a fault in one says."""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.config import Config
from newsletter.edition import Edition, render_edition
from newsletter.errors import TemplateError
from newsletter.issue import Issue

ARTICLE = {"type": "article", "title": "A title", "body": "Words."}


@pytest.fixture
def try_template(
    make_issue: Callable[..., Issue], config: Config, tmp_path: Path
) -> Callable[[str, str], Edition]:
    """Renders an article with one template of the workspace's own."""

    def tried(name: str, text: str) -> Edition:
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return render_edition(make_issue(ARTICLE), (), config, tmp_path / "templates")

    return tried


def article(inner: str) -> str:
    return f"<mj-section>\n  <mj-column>\n    <mj-text>\n{inner}\n    </mj-text>\n  </mj-column>\n</mj-section>\n"


def test_a_template_of_the_workspace_wins_and_the_others_are_shipped(
    try_template: Callable[[str, str], Edition],
) -> None:
    edition = try_template("email/article.mjml", article("<p>Ours: {{ section.title }}</p>"))
    assert "Ours: A title" in edition.html
    assert "Ours" not in edition.text


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (article("{{ section.titel }}"), r"article\.mjml:4: .*no attribute 'titel'"),
        (article("{% if %}"), r"article\.mjml:4: "),
        (article("<p>a\n<p>b</p>"), r"article\.mjml:6: </mj-text> closes nothing: </p> is wanted first"),
        (article("a < b"), r"article\.mjml:4: a '<' that begins no tag; write &lt;"),
        (article("<p class=x>a</p>"), r"article\.mjml:4: <p>: 'class=x' is no attribute"),
        ("\n<mj-sectoin></mj-sectoin>", r"article\.mjml:2: there is no component <mj-sectoin> \(did you mean 'mj-section'"),
        ("<mj-column></mj-column>", r"article\.mjml:1: <mj-column> may not stand in <mj-wrapper>"),
        ('<mj-section>\n<mj-column\npading="0"></mj-column></mj-section>', r"article\.mjml:2: .*'pading' \(did you mean 'padding'"),
        ("<mj-section><p>x</p></mj-section>", r"article\.mjml:1: <p> stands in <mj-section>; put HTML into mj-text"),
        ('<mj-include path="/etc/passwd" />', r"article\.mjml:1: there is no component <mj-include>"),
        (article('{% include "email/none.mjml" %}'), r"email/none\.mjml: there is no such template"),
        (article("{{ section.title.__class__ }}"), r"article\.mjml:4: "),
        (article("{{ ''.join.__globals__ }}"), r"article\.mjml:4: "),
        (article("{{ 1 / 0 }}"), r"article\.mjml:4: division by zero"),
        (article("{{ section.body.html.nothing() }}"), r"article\.mjml:4: "),
        (article("{% for a in range(99999999) %}x{% endfor %}"), r"article\.mjml:4: range\(\) of more than"),
        (article("{{ 'x' * 99999999 }}"), r"article\.mjml:4: '\*' makes too large a value"),
        (article("{{ 9 ** 9 ** 9 }}"), r"article\.mjml:"),
        (article("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), r"calls itself without end"),
    ],
)  # fmt: skip
def test_a_fault_names_template_and_line(
    try_template: Callable[[str, str], Edition], template: str, said: str
) -> None:
    with pytest.raises(TemplateError, match=said) as caught:
        try_template("email/article.mjml", template)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for a in range(2000) %}{% for b in range(2000) %}{% endfor %}{% endfor %}", r":4: the template takes more than 300,000 steps"),
        ("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}", r":4: the template takes more than"),
        ("{% for a in range(2000) recursive %}{{ loop(range(2000)) }}{% endfor %}", r":4: the template "),
        ("{% set s = ['x' * 4000] %}" + "{% set s = [s[0] ~ s[0]] %}" * 40 + "{{ s }}", r":4: a value grows beyond"),
        ("{% set s = ['x' * 4000] %}" + "{% set s = [s[0] + s[0]] %}" * 40 + "{{ s }}", r":4: a value grows beyond"),
        ("{{ 'x'|center(999999999) }}", r":4: an argument makes too large a value"),
        ("{{ 'x'.ljust(999999999) }}", r":4: an argument makes too large a value"),
        ("{{ '{:>999999999}'.format('x') }}", r":4: a format makes too large a value"),
        ("{{ '%999999999d'|format(1) }}", r":4: a format makes too large a value"),
        ("{{ '%999999999d' % 1 }}", r":4: a format makes too large a value"),
        ('{% include "../../../../etc/hostname" %}', r"etc/hostname: there is no such template"),
        ('{% include "/etc/hostname" %}', r"etc/hostname: there is no such template"),
        ("{% set _ = sections.append(1) %}", r":4: "),
        ("{% set issue.title = 1 %}", r"article\.mjml:\d+: cannot assign"),
        ("{{ cycler.__init__.__globals__ }}", r":4: "),
        ("{{ self._TemplateReference__context }}", r":4: "),
    ],
)  # fmt: skip
def test_what_goes_on_without_end_or_reaches_outside_is_stopped(
    try_template: Callable[[str, str], Edition], template: str, said: str
) -> None:
    with pytest.raises(TemplateError, match=said):
        try_template("email/article.mjml", article(template))


def test_what_people_write_is_no_format(make_issue: Callable[..., Issue], config: Config) -> None:
    odd = "5% 10000 people {a: 123456} %99999d"
    issue = make_issue({"type": "article", "title": odd, "author": odd, "body": odd})
    edition = render_edition(issue, (), config)
    assert f"By {odd}" in edition.text
    assert edition.html.count(odd) >= 3


def test_loops_and_joins_work_as_they_do_without_bounds(try_template: Callable[[str, str], Edition]) -> None:
    template = (
        "{% for a in ['x', 'y', 'z'] %}{{ loop.index ~ '/' ~ loop.length ~ a ~ '<' }}{% if not loop.last %}, {% endif %}"
        "{% else %}none{% endfor %}{% for a in [] %}{% else %} empty{% endfor %}"
    )
    html = try_template("email/article.mjml", article(template)).html
    assert "1/3x&lt;, 2/3y&lt;, 3/3z&lt; empty" in html


def test_a_loop_that_writes_without_end_is_stopped(try_template: Callable[[str, str], Edition]) -> None:
    loops = "{% for a in range(400) %}{% for b in range(500) %}" + "x" * 40 + "{% endfor %}{% endfor %}"
    with pytest.raises(TemplateError, match="writes more than"):
        try_template("email/article.mjml", article(loops))


def test_a_template_cannot_change_what_it_is_given(try_template: Callable[[str, str], Edition]) -> None:
    with pytest.raises(TemplateError, match="article"):
        try_template("email/article.mjml", article("{{ sections.clear() }}"))


@pytest.mark.parametrize("slot", ["greeting", "reason", "stop"])
def test_a_layout_without_a_slot_is_refused(try_template: Callable[[str, str], Edition], slot: str) -> None:
    from newsletter.config import shipped

    layout = (shipped("templates") / "text/layout.txt").read_text(encoding="utf-8")
    with pytest.raises(TemplateError, match=rf"slots\.{slot} }}}} is missing"):
        try_template("text/layout.txt", layout.replace(f"{{{{ slots.{slot} }}}}", ""))


@pytest.mark.parametrize("rule", ["@import url(x.css);", "@media print {p{}}", "a:hover {color: red}"])
def test_css_that_cannot_stand_in_an_element_is_refused(
    try_template: Callable[[str, str], Edition], rule: str
) -> None:
    with pytest.raises(TemplateError, match=r"author\.css:3: .* cannot be written into an element"):
        try_template("email/author.css", f"/* @import is\n not meant here */\n{rule}")


def test_a_comment_of_outlook_comes_through(try_template: Callable[[str, str], Edition]) -> None:
    comment = "<!--[if mso]><p>Outlook</p><![endif]-->"
    assert comment in try_template("email/article.mjml", article(f"<p>x</p>{comment}")).html


def test_the_right_one_of_two_packages_called_mjml_is_installed() -> None:
    assert set(importlib.metadata.packages_distributions()["mjml"]) == {"mjml-python"}


def test_a_template_that_is_not_utf_8_is_named(
    make_issue: Callable[..., Issue], config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "templates/email/article.mjml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<p>caf\xe9</p>")
    with pytest.raises(TemplateError, match=r"^templates/email/article\.mjml: .* not saved as UTF-8"):
        render_edition(make_issue(ARTICLE), (), config, tmp_path / "templates")
