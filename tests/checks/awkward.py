"""A large awkward issue: 20 sections, long words, no and giant images, emoji, NBSP, quotes in alt texts."""

from pathlib import Path

from PIL import Image as Pillow

_LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_HEAD = f"""\
title: "News of “{_LONG}” & others 🎉"
date: 30 September 2022
preheader: "Quotes ' and \\" and <tags> & a no\u00a0break"
lists: [partners]
intro: |
  Welcome 👩🏽‍⚕️ to {_LONG}. <b>not HTML</b>

  ## A heading of its own
"""
_TEXTS = (
    f"    body: |\n      One {_LONG * 2} word, `{_LONG}`, and a\u00a0fixed\u00a0blank.\n\n      > A quotation\n",
    "    body: |\n      | Site | Visits | Talks |\n      |---|---|---|\n      | Oxford | 1 | 2 |\n\n      1. One\n         - Two\n           - Three\n",
    "    body: A text.\n    images: [{src: giant.png, alt: 'A \"quoted\" picture & \\ <b>', caption: Large}]\n",
    "    type: figures\n    items: [{value: 1 234 567 890, label: A number}, {value: 7 of 10, label: Others}]\n",
    "    type: event\n    start: 15 October 2022, 2pm\n    place: Oxford\n    link: https://www.ox.ac.uk/\n",
    "    type: progress\n    milestones: [{label: One, state: done}, {label: Two, state: current}, {label: Three}]\n",
    "    type: call-to-action\n    button: {label: Take part, url: 'https://survey.ox.ac.uk/'}\n    deadline: 15 October 2022\n",
    "    type: contact\n    people: [{name: Ada Example, role: Lead, email: ada@example.org, phone: 01865 1}]\n",
    "    type: meet-the-team\n    members: [{name: Ben Example, role: Researcher, bio: He looks., quote: Well 🙂.}]\n",
    "    type: acknowledgements\n    body: We thank all.\n    funder: A funder\n    award: NIHR1\n",
)  # fmt: skip


def awkward_issue(folder: Path) -> Path:
    """The issue's file in the workspace at `folder`, with its giant picture."""
    sections = "".join(
        f"  - title: Part {n} — “it’s” & more 🎈\n{_TEXTS[n % len(_TEXTS)]}" for n in range(20)
    )
    path = folder / "issues" / "awkward.yaml"
    path.write_text(f"{_HEAD}sections:\n{sections}", encoding="utf-8")
    Pillow.new("RGB", (6000, 4000), "teal").save(folder / "issues" / "giant.png")
    return path
