"""Themes: each shipped one readable by day and by night, and what newsletter.toml may change of them."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Pillow

from newsletter.config import Config, read_workspace
from newsletter.edition import Edition, issue_digest, render_all, render_edition
from newsletter.edition.contrast import contrast, nearest_passing
from newsletter.edition.theme import load_theme
from newsletter.errors import ConfigError
from newsletter.issue import Issue

SHIPPED = ("paper", "garden", "civic")


@pytest.fixture
def settings(tmp_path: Path) -> Callable[[str], Config]:
    """The settings that a newsletter.toml gives, in a workspace of their own."""

    def read(text: str) -> Config:
        (tmp_path / "newsletter.toml").write_text(text, encoding="utf-8")
        return read_workspace(tmp_path).config

    return read


def drawn(path: Path, size: tuple[int, int] = (600, 150), **how: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.new("RGBA", size, how.get("ink", "#0a665a")).save(path)
    return path


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005) == contrast(other, one)


@pytest.mark.parametrize("ground", ["#ffffff", "#172327", "#fdf4e0", "#767676"])
@pytest.mark.parametrize("colour", ["#e0a22b", "#7dd3c0", "#ff0000", "#808080", "#0000ff"])
def test_the_proposed_colour_passes_and_is_the_nearest_of_its_hue(colour: str, ground: str) -> None:
    found = nearest_passing(colour, [(ground, 4.5)])
    assert contrast(found, ground) >= 4.5
    # A step nearer to what was wanted, and it would be too faint.
    assert contrast(found, ground) < 4.8 or contrast(colour, ground) > 4.4


def test_where_no_colour_can_pass_none_is_proposed() -> None:
    assert nearest_passing("#808080", [("#ffffff", 4.5), ("#000000", 10)]) == ""


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_theme_is_readable_by_day_and_by_night(
    name: str, settings: Callable[[str], Config]
) -> None:
    look = load_theme(settings(f'[theme]\nname = "{name}"'), None)  # raises where a pair is too faint
    for mode, text, ground in itertools.product(
        ("light", "dark"), ("text", "heading", "quiet"), ("paper", "tint")
    ):
        assert contrast(look.values[mode][text], look.values[mode][ground]) >= 4.5


def test_the_shipped_themes_differ_in_more_than_colours(settings: Callable[[str], Config]) -> None:
    looks = [load_theme(settings(f'[theme]\nname = "{name}"'), None).values for name in SHIPPED]
    for one, other in itertools.combinations(looks, 2):
        assert one["fonts"]["heading"] != other["fonts"]["heading"]
        assert sum(one["shape"][key] != other["shape"][key] for key in one["shape"]) >= 4


@pytest.mark.parametrize("name", SHIPPED)
def test_an_issue_can_be_made_in_each_theme(
    name: str, rich: Issue, settings: Callable[[str], Config]
) -> None:
    edition = render_edition(rich, (), settings(f'[theme]\nname = "{name}"'))
    assert "The study at a glance" in edition.html
    assert len(edition.html.encode()) < 90_000


def test_a_theme_that_is_not_there_is_said(settings: Callable[[str], Config]) -> None:
    with pytest.raises(ConfigError, match=r"there is no theme 'gardn' \(did you mean 'garden'\?\)") as caught:
        load_theme(settings('[theme]\nname = "gardn"'), None)
    assert caught.value.exit_code == 78


def test_a_faint_colour_is_named_with_a_colour_that_passes(settings: Callable[[str], Config]) -> None:
    config = settings('[theme]\nname = "paper"\n\n[theme.colours]\naccent = "#f0b400"\n')
    with pytest.raises(ConfigError) as caught:
        load_theme(config, None)
    (problem,) = caught.value.problems
    assert str(problem).startswith(
        "newsletter.toml:5: theme.colours.accent: #f0b400 (accent) on #ffffff (paper)"
    )
    assert "1.86 to 1; 4.5 to 1 is wanted" in problem.message
    mend = problem.remedy.partition('"')[2].rstrip('"')
    assert caught.value.exit_code == 78
    load_theme(settings(f'[theme.colours]\naccent = "{mend}"'), None)


def test_a_dark_colour_is_proven_too(settings: Callable[[str], Config]) -> None:
    with pytest.raises(
        ConfigError, match=r"newsletter\.toml:2: theme\.dark\.text: #333333 \(text\) on #172327"
    ):
        load_theme(settings('[theme.dark]\ntext = "#333333"'), None)


def test_a_ground_that_was_changed_is_the_one_to_change_again(settings: Callable[[str], Config]) -> None:
    with pytest.raises(ConfigError, match=r"theme\.colours\.masthead: #ffffff \(on_masthead\) on #ffee00"):
        load_theme(settings('[theme.colours]\nmasthead = "#ffee00"'), None)


def test_a_studys_own_accent_is_fitted_to_dark_mode(settings: Callable[[str], Config]) -> None:
    dark = load_theme(settings('[theme.colours]\naccent = "#5b2a86"'), None).values["dark"]
    assert dark["accent"] not in {"#5b2a86", "#7dd3c0"}
    assert all(
        contrast(dark["accent"], dark[ground]) >= 4.5 for ground in ("paper", "tint", "footer", "on_accent")
    )


def test_a_faint_colour_of_a_theme_file_names_that_file(
    settings: Callable[[str], Config], tmp_path: Path
) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes/ours.toml").write_text('[light]\nquiet = "#bbbbbb"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"templates/themes/ours\.toml: light\.quiet: #bbbbbb"):
        load_theme(settings('[theme]\nname = "ours"'), tmp_path)


@pytest.mark.parametrize(
    ("theme", "said"),
    [
        ("light = 5", "light: there is no such table"),
        ("[lihgt]\ntext = '#000000'", "lihgt: there is no such table"),
        ("[light]\ntext = 'red; x: y'", r"light\.text: 'red; x: y' stands here"),
        ("[shape]\ncorner = '6px; color: red'", r"shape\.corner"),
        ("[fonts]\ntext = 'a\"b'", r"fonts\.text"),
        ("[light\n", "this is not TOML"),
    ],
)
def test_a_faulty_theme_file_is_told_by_table_and_key(
    settings: Callable[[str], Config], tmp_path: Path, theme: str, said: str
) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes/ours.toml").write_text(theme, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_theme(settings('[theme]\nname = "ours"'), tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[theme.colours]\nacent = "#000000"', r"newsletter\.toml:2: theme\.colours\.acent: .*did you mean 'accent'"),
        ('[theme.colours]\naccent = "teal"', r":2: theme\.colours\.accent: 'teal' is not a colour"),
        ('[theme.fonts]\ntext = "Papyrus"', r":2: theme\.fonts\.text: fonts end with 'serif'"),
        ('[theme.fonts]\ntext = "a;b, serif"', r":2: theme\.fonts\.text: .* names no fonts"),
        ('[[theme.links]]\nlabel = "A"\nurl = "https://a.example"\n[[theme.links]]\nlabel = "B"\nurl = "javascript:x"',
         r":6: theme\.links\.1\.url: 'javascript:x' is not a link"),
        ('[[theme.links]]\nlabel = "A"\nadress = "x"', r":3: theme\.links\.0\.adress: this key is not known"),
    ],
)  # fmt: skip
def test_a_faulty_setting_is_told_with_its_line(
    settings: Callable[[str], Config], text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        settings(text)


def test_masthead_footer_and_links_stand_in_both_media(
    rich: Issue, settings: Callable[[str], Config]
) -> None:
    edition = render_edition(
        rich,
        (),
        settings(
            '[theme]\nmasthead = "News & views"\nfooter = "Charity 0000 <x>"\n'
            '[[theme.links]]\nlabel = "Mastodon"\nurl = "https://social.example.org/@study"\n'
        ),
    )
    assert "News &amp; views" in edition.html
    assert "Charity 0000 &lt;x&gt;" in edition.html
    assert 'href="https://social.example.org/@study"' in edition.html
    assert "News & views, 30 September 2022" in edition.text
    assert "Mastodon:\nhttps://social.example.org/@study" in edition.text
    assert "Charity 0000 <x>" in edition.text


@pytest.fixture
def with_logo(rich: Issue, settings: Callable[[str], Config]) -> Callable[..., Edition]:
    def rendered(name: str = "paper", **keys: str) -> Edition:
        lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
        return render_edition(rich, (), settings(f'[theme]\nname = "{name}"\n{lines}'))

    return rendered


def test_a_logo_travels_inside_the_message(with_logo: Callable[..., Edition], tmp_path: Path) -> None:
    drawn(tmp_path / "templates/logo.png", (3000, 750))
    edition = with_logo(logo="templates/logo.png", logo_alt="The link worker study")
    first = edition.pictures[0]
    assert (
        f'src="cid:{first.name}@newsletter" alt="The link worker study" width="256" height="64"'
        in edition.html
    )
    assert "nl-night" not in edition.html


def test_dark_mode_swaps_the_logo_and_outlook_sees_one(
    with_logo: Callable[..., Edition], tmp_path: Path
) -> None:
    drawn(tmp_path / "logo.png")
    drawn(tmp_path / "night.png", ink="#ffffff")
    edition = with_logo(logo="logo.png", logo_dark="night.png", logo_alt="Us")
    assert len(edition.pictures) == len({picture.digest for picture in edition.pictures})
    night = edition.html.partition("<!--[if !mso]><!--><img")[2].partition("<!--<![endif]-->")[0]
    assert "display:none" in night
    assert ".nl-night { display: inline-block !important; }" in edition.html


def test_a_logo_for_a_light_masthead_keeps_a_light_ground_by_night(
    with_logo: Callable[..., Edition], tmp_path: Path
) -> None:
    drawn(tmp_path / "logo.png")
    assert ".nl-plate { padding" in with_logo("garden", logo="logo.png", logo_alt="Us").html
    assert ".nl-plate { padding" not in with_logo("paper", logo="logo.png", logo_alt="Us").html


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        ("none.png", r"newsletter\.toml:3: theme\.logo: there is no file 'none\.png'"),
        ("../logo.png", r"theme\.logo: '\.\./logo\.png' lies outside of the workspace"),
        ("/etc/hostname", r"theme\.logo: '/etc/hostname' lies outside of the workspace"),
        ("logo.svg", r"theme\.logo: 'logo\.svg' is no PNG, JPEG or GIF file; export it as PNG"),
        ("fake.png", r"theme\.logo: 'fake\.png' is no picture by its content"),
    ],
)
def test_a_logo_that_cannot_be_is_told_with_file_and_key(
    with_logo: Callable[..., Edition], tmp_path: Path, logo: str, said: str
) -> None:
    (tmp_path / "logo.svg").write_text("<svg><script>alert(1)</script></svg>", encoding="utf-8")
    (tmp_path / "fake.png").write_text("no picture", encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        with_logo(logo=logo, logo_alt="Us")
    assert caught.value.exit_code == 78


def test_a_link_out_of_the_workspace_is_no_way_to_a_logo(
    with_logo: Callable[..., Edition], tmp_path: Path
) -> None:
    outside = drawn(tmp_path.parent / f"{tmp_path.name}-outside.png")
    (tmp_path / "logo.png").symlink_to(outside)
    with pytest.raises(ConfigError, match="lies outside of the workspace"):
        with_logo(logo="logo.png", logo_alt="Us")


def test_a_logo_wants_words(with_logo: Callable[..., Edition], tmp_path: Path) -> None:
    drawn(tmp_path / "logo.png")
    with pytest.raises(ConfigError, match=r"theme\.logo_alt: is missing; say in words"):
        with_logo(logo="logo.png")


def test_another_theme_or_logo_voids_what_was_approved(
    rich: Issue, settings: Callable[[str], Config], tmp_path: Path
) -> None:
    drawn(tmp_path / "logo.png")
    texts = (
        "",
        '[theme]\nname = "civic"',
        '[theme.colours]\naccent = "#5b2a86"',
        '[theme]\nlogo = "logo.png"\nlogo_alt = "Us"',
    )
    digests = {issue_digest(render_all(rich, settings(text))) for text in texts}
    drawn(tmp_path / "logo.png", ink="#5b2a86")
    digests.add(issue_digest(render_all(rich, settings(texts[-1]))))
    assert len(digests) == 5
