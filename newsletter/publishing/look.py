"""The study's look for pages: stylesheets with its colours in them, and its logos, each under its file's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from newsletter.config import Config
from newsletter.edition import Logo, load_logos, load_theme

#: The stylesheet of pages, and that of what stands round an issue, which has styles of its own.
STYLESHEET, BAR = "site.css", "bar.css"
#: What a browser shows beside the title: a letter in the masthead's colours.
ICON = "icon.svg"
_LETTER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="{masthead}"/>'
    '<path d="M6 10h20v13H6zl10 8 10-8" fill="none" stroke="{on_masthead}" stroke-width="2" stroke-linejoin="round"/></svg>'
)
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages need: its media type, and its bytes."""

    media_type: str
    data: bytes


def assets(config: Config) -> Mapping[str, Asset]:
    """File name -> what is served under it, from our own host.

    Raises ConfigError for a theme that cannot be read well and for a logo that is missing.
    """
    found = {
        name: Asset("text/css; charset=utf-8", _stylesheet(name, config).encode())
        for name in (STYLESHEET, BAR)
    }
    day = load_theme(config, config.templates).values["light"]
    found[ICON] = Asset("image/svg+xml", _LETTER.format_map(day).encode())
    for mode, logo in load_logos(config).items():
        found[logo_name(mode, logo)] = Asset(logo.picture.media_type, logo.picture.data)
    return found


def _stylesheet(name: str, config: Config) -> str:
    """A stylesheet: the theme's fonts, shapes and colours, and what is made of them."""
    values = load_theme(config, config.templates).values
    fixed = " ".join([*_properties(values["fonts"], "--font-"), *_properties(values["shape"], "--shape-")])
    day, night = (" ".join(_properties(values[mode], "--")) for mode in ("light", "dark"))
    rules = resources.files("newsletter.publishing").joinpath("static", name).read_text(encoding="utf-8")
    return (
        f":root {{ color-scheme: light; {fixed} {day} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {night} }} }}\n{rules}"
    )


def logo_name(mode: str, logo: Logo) -> str:
    """The file name of a logo: `logo.png`, and `logo-dark.png` for dark screens."""
    return f"logo{'-dark' if mode == 'dark' else ''}.{_SUFFIXES.get(logo.picture.media_type, 'img')}"


def _properties(values: Mapping[str, str], prefix: str) -> Iterator[str]:
    for key, value in values.items():
        yield f"{prefix}{key.replace('_', '-')}: {value};"
