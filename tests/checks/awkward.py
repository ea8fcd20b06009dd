"""A large awkward issue: 20 sections of every type, three languages, long words, giant pictures, emoji, quotes."""

import shutil
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageDraw

_KEPT = Path(__file__).parents[1] / "data" / "awkward"
_SIZES = {"giant": (6000, 4000), "wide": (1200, 300), "tall": (300, 900), "small": (200, 200)}


def awkward_issue(folder: Path) -> Path:
    """The issue's file in the workspace at `folder`, with its pictures and its Arabic words."""
    shutil.copytree(_KEPT, folder, dirs_exist_ok=True)
    issues = folder / "issues"
    for name, (width, height) in _SIZES.items():
        image = Pillow.new("RGB", (width, height), "#2f7f86")
        ImageDraw.Draw(image).ellipse((width * 0.3, height * 0.2, width * 0.7, height * 0.9), fill="#f2c14e")
        image.save(issues / f"{name}.png", compress_level=1)
    return issues / "awkward.yaml"
