"""Pictures: which files may travel, and that none comes from outside the workspace."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from newsletter.errors import Problem
from newsletter.issue import Issue

HEAD = "title: News\ndate: 30 September 2022\nlists: [partners]\nsections:\n"
Read = Callable[[str], Issue]
Refuse = Callable[[str], list[Problem]]


def _issue(src: str) -> str:
    return f"{HEAD}  - images:\n      - src: '{src}'\n"


def _picture(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, kind)
    return out.getvalue()


def _png_of_size(width: int, height: int) -> bytes:
    """A PNG whose head promises a size that its data does not have."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    ("name", "kind", "media_type"),
    [("a.png", "PNG", "image/png"), ("b.JPG", "JPEG", "image/jpeg"), ("c.jpeg", "JPEG", "image/jpeg"), ("d.gif", "GIF", "image/gif")],
)  # fmt: skip
def test_png_jpeg_and_gif_are_read_with_their_size(
    name: str, kind: str, media_type: str, samples: Path, read: Read
) -> None:
    data = _picture(kind)
    (samples / name).write_bytes(data)
    picture = read(_issue(name)).pictures[name]
    assert (picture.data, picture.media_type, picture.width, picture.height) == (data, media_type, 64, 48)


def test_a_picture_elsewhere_in_the_workspace_may_be_named(samples: Path, read: Read) -> None:
    (samples.parent / "shared").mkdir()
    (samples.parent / "shared" / "logo.png").write_bytes(_picture("PNG"))
    (samples / "link.png").symlink_to(samples.parent / "shared" / "logo.png")
    assert set(read(_issue("../shared/logo.png")).pictures) == {"../shared/logo.png"}
    assert set(read(_issue("link.png")).pictures) == {"link.png"}


@pytest.mark.parametrize(
    ("src", "found"),
    [
        ("/etc/passwd", "is a place on one computer only"),
        ("~/picture.png", "is a place on one computer only"),
        ("C:\\pictures\\walk.png", "'C:\\pictures\\walk.png' is a place on one computer only"),
        ("\\\\server\\share\\walk.png", "is a place on one computer only"),
        ("//server/share/walk.png", "is a place on one computer only"),
        ("pictures\\walk.png", "is written with backslashes"),
        ("../../outside.png", "leads outside the workspace"),
        ("pictures/../../../outside.png", "leads outside the workspace"),
        ("%2e%2e/%2e%2e/outside.png", "is written in code"),
        ("..%2Foutside.png", "is written in code"),
        ("walk.png%00.txt", "is written in code"),
        ("https://example.org/walk.png", "is an address, not a file"),
        ("data:image/png;base64,AAAA", "is an address, not a file"),
        ("file:///etc/passwd", "is an address, not a file"),
        ("outside-link.png", "leads outside the workspace"),
        ("outside-folder/outside.png", "leads outside the workspace"),
        ("loop.png", "cannot be opened"),
        ("pictures", "issues/pictures is a folder"),
        ("pictures/WALK.PNG", "issues/pictures/WALK.PNG"),
        ("pictures/wlak.png", "there is no file issues/pictures/wlak.png"),
        ("a" * 300 + ".png", "cannot be opened"),
        ("2022-09.yaml", "is no PNG, JPEG or GIF file"),
        ("../newsletter.toml", "is no PNG, JPEG or GIF file"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused_with_its_line(
    src: str, found: str, samples: Path, refused: Refuse
) -> None:
    outside = samples.parents[1] / "outside.png"
    outside.write_bytes(_picture("PNG"))
    (samples / "outside-link.png").symlink_to(outside)
    (samples / "outside-folder").symlink_to(samples.parents[1])
    (samples / "loop.png").symlink_to(samples / "loop.png")
    problems = refused(_issue(src))
    assert [(problem.field, problem.line) for problem in problems] == [("sections.0.images.0.src", 6)]
    assert found in problems[0].message
    assert problems[0].remedy


def test_the_right_name_is_suggested(refused: Refuse) -> None:
    assert "did you mean 'walk.png'?" in refused(_issue("pictures/wlak.png"))[0].remedy


def test_a_zero_byte_in_a_name_is_refused(refused: Refuse) -> None:
    text = f'{HEAD}  - images:\n      - src: "walk\\0.png"\n'
    assert [problem.line for problem in refused(text)] == [6]


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.svg", b"<svg/>", "is no PNG, JPEG or GIF file"),
        ("a.webp", b"RIFF0000WEBP", "is no PNG, JPEG or GIF file"),
        ("a.png", b"<svg/>", "is no picture by its content"),
        ("a.png", b"", "is no picture by its content"),
        ("a.png", _picture("JPEG"), "is a JPEG file by its content"),
        ("a.png", _picture("PNG")[:1000], "is damaged or was cut off"),
        ("a.jpg", _picture("JPEG")[:1000], "is damaged or was cut off"),
        ("a.gif", _picture("GIF")[:1000], "is damaged or was cut off"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "is damaged or was cut off"),
        ("a.png", _png_of_size(8000, 6000), "has 8,000 by 6,000 pixels"),
        ("a.png", _png_of_size(50_000, 50_000), "pixels"),
        ("a.png", _png_of_size(100, 100), "is damaged or was cut off"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * (10 << 20), "is too big"),
    ],
)
def test_a_file_that_is_no_sound_picture_is_refused(
    name: str, data: bytes, found: str, samples: Path, refused: Refuse
) -> None:
    (samples / name).write_bytes(data)
    problems = refused(_issue(name))
    assert len(problems) == 1
    assert found in problems[0].message
    assert problems[0].remedy


def test_the_mend_for_a_drawing_is_to_export_it(samples: Path, refused: Refuse) -> None:
    (samples / "logo.svg").write_bytes(b"<svg/>")
    assert "export it as PNG" in refused(_issue("logo.svg"))[0].remedy


def test_pictures_too_large_together_are_refused(samples: Path, refused: Refuse) -> None:
    padding = b"\0" * (9 << 20)
    for number in range(6):
        (samples / f"{number}.png").write_bytes(_picture("PNG") + padding)
    text = f"{HEAD}  - images:\n" + "".join(f"      - src: {number}.png\n" for number in range(6))
    assert "larger than 50 MB together" in refused(text)[0].message


def test_every_place_for_pictures_is_looked_at(read: Read) -> None:
    text = (
        f"{HEAD}  - type: meet-the-team\n    members:\n      - name: Ada\n        images:\n"
        "          - src: pictures/walk.png\n"
        "  - type: acknowledgements\n    logos:\n      - src: ./pictures/walk.png\n"
    )
    assert set(read(text).pictures) == {"pictures/walk.png", "./pictures/walk.png"}


def test_a_name_in_other_capitals_is_recognised(refused: Refuse) -> None:
    (problem,) = refused(_issue("pictures/WALK.PNG"))
    assert problem.remedy == "put it there or correct the name (did you mean 'walk.png'?)"
