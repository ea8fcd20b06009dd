"""The languages in which a study speaks to its readers, and the one for a reader who comes to a page."""

from newsletter.config import Config
from newsletter.edition import locale_of

#: What our own words are written in first.
FIRST = "en"


def languages(config: Config) -> tuple[str, ...]:
    """The languages of the pages, the usual one first: those of `[public] languages`, else of the lists' names."""
    if config.public.languages:
        return config.public.languages
    named = [tag for settings in config.lists.values() for tag in settings.names]
    return tuple(dict.fromkeys([*named, FIRST])) if named else (FIRST,)


def choose_language(asked: str, accepted: str, config: Config) -> str:
    """One of `languages`: the one asked for (`?lang=`), else the first that a browser accepts, else the usual one."""
    offered = {tag.lower(): tag for tag in languages(config)}
    for wanted in [asked, *_accepted(accepted)]:
        for tag in (wanted.lower(), wanted.lower().partition("-")[0]):
            if tag in offered:
                return offered[tag]
    return languages(config)[0]


def own_name(language: str) -> str:
    """What a language calls itself, with a capital letter: 'Cymraeg'."""
    name = locale_of(language).get_display_name() or language
    return name[:1].upper() + name[1:]


def _accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header (RFC 9110 section 12.5.4), the best first; no more than ten are read."""
    weighed = []
    for part in header[:500].split(",")[:10]:
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((-weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda one: one[0])]
