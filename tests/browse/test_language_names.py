"""Languages as the browser says them."""

from newsletter.browse.words import language_name


def test_an_edition_in_both_names_them_in_their_order() -> None:
    assert language_name("cy+en") == "Welsh, then English"
    assert language_name("en-GB") == "English"
    assert language_name("") == ""
    assert language_name("qqx") == "qqx"
