"""An issue with every section type, made by hand, and the flag that rewrites the goldens."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from newsletter.config import Config
from newsletter.edition import Edition, render_edition
from newsletter.issue import Issue, Picture

GOLDEN = Path(__file__).parents[1] / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="Write what is rendered over the goldens.")


def draw(width: int, height: int, ground: str, kind: str = "PNG", **how: Any) -> Picture:
    """A simple picture of a landscape with the sun in it."""
    image = Pillow.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(image)
    pen.ellipse((width * 0.6, height * 0.12, width * 0.8, height * 0.12 + width * 0.2), fill="#e0a22b")
    pen.polygon(
        [
            (0, height),
            (0, height * 0.7),
            (width * 0.4, height * 0.45),
            (width, height * 0.8),
            (width, height),
        ],
        fill="#0a665a",
    )
    out = io.BytesIO()
    image.save(out, kind, **how)
    return Picture(out.getvalue(), f"image/{kind.lower()}", width, height)


PICTURES = {
    "pictures/sam.png": draw(368, 400, "#dbe9e6"),
    "pictures/workshop.png": draw(1152, 560, "#e9f2f0"),
    "pictures/logo.png": draw(300, 90, "#ffffff"),
}

SECTIONS: dict[str, dict[str, Any]] = {
    "publications": {
        "type": "publications",
        "title": "Two new papers on older people and the arts",
        "intro": "Both come from our earlier study of social prescribing and the cultural sector.",
        "items": [
            {
                "authors": ["Ada Example", "Ben Sample", "et al."],
                "title": "Social prescribing for older people during the COVID-19 pandemic: what are the views?",
                "journal": "Journal of Examples",
                "year": "2022",
                "pages": "1-9",
                "doi": "https://doi.org/10.1000/example.13949",
                "open_access": True,
                "summary": "What link workers think of museums, gardens and libraries as places to send people.",
            },
            {
                "authors": ["Cleo Specimen", "Ada Example"],
                "title": "Tailoring cultural offers in uncertain times",
                "journal": "Examples in Medicine",
                "year": "2022",
                "volume": "20",
                "number": "3",
                "article_number": "260",
                "doi": "10.1000/s12916-022-02464-4",
                "summary": "How a visit or a class can be shaped to suit older people.",
            },
        ],
    },
    "progress": {
        "type": "progress",
        "title": "We have begun at the last of seven sites",
        "body": "This month our researchers began to follow a link worker in a part of England that is new to us. "
        "They sit in on meetings, and talk with patients, surgery staff and local charities.",
        "milestones": [
            {"label": "Six sites", "date": "by summer 2022", "state": "done"},
            {"label": "Seventh site", "date": "September 2022", "state": "current"},
            {"label": "Second visits", "date": "from end of 2022", "state": "next"},
        ],
    },
    "article": {
        "type": "article",
        "title": "What we talked about in July",
        "author": "Ada Example",
        "body": "The team meets every month. In July we took a whole day, and looked at three things:\n\n"
        "- **boundaries**, and what happens where there are none\n- how we *manage* what we collect\n"
        "- how we code it\n\nMore in [our notes](https://study.example.org/notes).",
        "images": [
            {
                "src": "pictures/workshop.png",
                "alt": "Drawing of hills with the sun above them",
                "caption": "Where we met.",
                "credit": "drawn for this newsletter",
            }
        ],
        "link": "https://study.example.org/july",
    },
    "event": {
        "type": "event",
        "title": "Link workers meet the museums",
        "start": "2022-06-15 13:30",
        "end": "2022-06-15 17:00",
        "place": "The Old Library, Exampleton",
        "body": "Our earlier work showed that the two rarely talk. So we put them in one room for a day, "
        "with time to plan, and an afternoon to sing, knit and fold paper.",
        "link": {"label": "See what came of the day", "url": "https://study.example.org/museums"},
    },
    "meet-the-team": {
        "type": "meet-the-team",
        "members": [
            {
                "name": "Sam Example",
                "role": "Researcher, joined this autumn",
                "bio": "Sam collects data at our last site. Before that came a doctorate on workshops where people "
                "make things side by side, and two years of weekly health walks for a public health team.",
                "quote": "I like to find out what keeps people coming back.",
                "email": "sam@example.org",
                "orcid": "0000-0002-1825-0097",
                "images": [
                    {
                        "src": "pictures/sam.png",
                        "alt": "Drawn portrait of Sam",
                        "caption": "Sam, as we drew them.",
                    },
                    {
                        "src": "pictures/workshop.png",
                        "alt": "Drawing of a green hill",
                        "caption": "The hill that the walkers climb every Tuesday.",
                    },
                ],
            }
        ],
    },
    "figures": {
        "type": "figures",
        "title": "The study at a glance",
        "items": [
            {"value": "7", "label": "study sites in England"},
            {"value": "153", "label": "people who talked with us so far"},
            {"value": "1,200", "label": "hours of watching and listening"},
        ],
    },
    "call-to-action": {
        "type": "call-to-action",
        "title": "Help us to ask the right questions",
        "body": "We look for six people to read our questions for patients before we use them. It takes an hour.",
        "button": {"label": "Tell us that you would like to", "url": "https://study.example.org/help"},
        "deadline": "31 October 2022",
    },
    "contact": {
        "type": "contact",
        "people": [
            {
                "name": "Dr Ada Example",
                "role": "Study lead",
                "email": "ada@example.org",
                "phone": "01632 960 001",
            },
            {"name": "Prof. Ben Sample", "role": "Study lead", "email": "ben@example.org"},
        ],
        "links": [{"label": "The study's website", "url": "https://study.example.org"}],
    },
    "acknowledgements": {
        "type": "acknowledgements",
        "body": "Thank you to every practice, link worker, patient and charity that has taken part. The views here "
        "are ours and not necessarily those of our funder.",
        "funder": "the Example Institute for Research",
        "award": "EX-130247",
        "logos": [{"src": "pictures/logo.png", "alt": "Example Institute for Research"}],
    },
}


@pytest.fixture
def make_issue() -> Callable[..., Issue]:
    """Makes an issue from sections given as in the YAML; other fields can be given by name."""

    def make(*sections: dict[str, Any], **fields: Any) -> Issue:
        given = {
            "title": "The link worker role in primary care",
            "date": dt.date(2022, 9, 30),
            "subject": "The link worker study: news of September 2022",
            "preheader": "Two papers, a seventh site, and a day with the museums",
            "lists": ("partners", "contributors"),
            "intro": "Welcome to our autumn news. Link workers help people with things that a prescription cannot "
            "mend: being alone, worries about money, a damp flat. We study how that work is done.",
            "slug": "2022-09",
            "path": Path("issues/2022-09.yaml"),
            "pictures": PICTURES,
        }
        return Issue.model_validate({**given, "sections": sections, **fields})

    return make


@pytest.fixture
def sections() -> dict[str, dict[str, Any]]:
    """A section of every type, as the YAML would give it."""
    return SECTIONS


@pytest.fixture
def rich(make_issue: Callable[..., Issue]) -> Issue:
    """Every section type once."""
    return make_issue(*SECTIONS.values())


@pytest.fixture
def config(workspace: Any) -> Config:
    return workspace.config


@pytest.fixture
def render(make_issue: Callable[..., Issue], config: Config) -> Callable[..., Edition]:
    """Renders sections given as in the YAML."""

    def rendered(*sections: dict[str, Any], audience: tuple[str, ...] = (), **fields: Any) -> Edition:
        return render_edition(make_issue(*sections, **fields), audience, config)

    return rendered


@pytest.fixture
def same_as_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares text with a file in tests/golden, or writes it there with `--update-goldens`."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-goldens", default=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        hint = f"{name} differs: run `pytest tests/edition --update-goldens`, and look at the difference"
        assert path.read_text(encoding="utf-8") == text, hint

    return compare
