"""MJML is mended before mrml, which damages attribute values and drops white space."""

import pytest

from newsletter.edition.mjml import compile_mjml, sound_mjml
from newsletter.edition.templating import Composed
from newsletter.errors import TemplateError


def whole(inner: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"


def compiled(source: str) -> str:
    return compile_mjml(Composed(source))


def test_attributes_become_character_references() -> None:
    sound = sound_mjml(Composed(whole("""<mj-image alt='a "b" \\ ❤\ufe0f\n c' src="x"/>""")))
    assert '<mj-image alt="a &#34;b&#34; &#92; &#10084;&#65039; c" src="x" />' in sound


def test_references_that_stand_there_already_stay() -> None:
    assert 'alt="&amp; &#39;"' in sound_mjml(Composed('<img alt="&amp; &#39;">'))


def test_white_space_between_inline_elements_survives() -> None:
    html = compiled(whole("<mj-text><b>a</b>\n   <i>b</i></mj-text>"))
    assert "<b>a</b> <i>b</i>" in html


def test_blanks_between_components_do_no_harm() -> None:
    assert "<b>a</b>" in compiled(whole(" <mj-text><b>a</b></mj-text> ").replace("><", "> \n <"))


def test_nothing_is_fetched_and_no_font_is_named_by_mrml() -> None:
    html = compiled(whole('<mj-text font-family="Ubuntu">a</mj-text>'))
    assert "fonts.googleapis" not in html


def test_too_deep_a_tree_is_refused_before_it_could_crash() -> None:
    with pytest.raises(TemplateError, match="more than 200 deep"):
        compiled(whole("<mj-text>" + "<b>" * 20000 + "</b>" * 20000 + "</mj-text>"))


def test_a_document_without_a_body_is_said() -> None:
    with pytest.raises(TemplateError):
        compiled("just words, <mj-text>x</mj-text>")
