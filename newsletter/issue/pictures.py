"""Image files as they may travel in a message: inside the workspace, PNG, JPEG or GIF, whole, of bearable size."""

import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

from pydantic_core import PydanticCustomError

from newsletter.errors import InputError
from newsletter.issue.places import Picture, Place
from newsletter.issue.reading import Reading
from newsletter.issue.tree import ListNode, MapNode, Node, Scalar
from newsletter.issue.wording import clip, refuse

_LARGEST = 10 << 20
_LARGEST_TOGETHER = 50 << 20
_MOST_PIXELS = 40_000_000
_KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif"}
_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
# What Pillow raises over broken files.
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    ArithmeticError,
    MemoryError,
    struct.error,
)
_WANTED = "export it as PNG or JPEG"


def read_pictures(tree: Node, reading: Reading) -> dict[str, Picture]:
    """The pictures that the tree names, by their `src` as written; problems are noted."""
    pictures: dict[str, Picture] = {}
    seen: set[str] = set()
    for name, src, place in _sources(tree, ""):
        if src in seen:
            continue
        seen.add(src)
        if picture := _picture(src, place, name, reading):
            pictures[src] = picture
        if sum(len(other.data) for other in pictures.values()) > _LARGEST_TOGETHER:
            reading.say(place, name, "the pictures are larger than 50 MB together", "make them smaller")
            break
    return pictures


def read_picture(path: Path) -> Picture:
    """The picture in a file of the workspace. Raises InputError with what is wrong and what is wanted."""
    try:
        _named_kind(path)
        if path.stat().st_size > _LARGEST:
            raise refuse(f"{clip(path.name)} is larger than {_LARGEST >> 20} MB", "make it smaller")
        return _read(path.read_bytes(), path)
    except PydanticCustomError as error:
        told = error.context or {}
        raise InputError(str(told.get("found")), remedy=str(told.get("wanted"))) from None
    except OSError as error:
        raise InputError(f"{clip(path.name)} cannot be read: {error.strerror}") from None


def _sources(node: Node, name: str) -> Iterator[tuple[str, str, Place]]:
    """Field, text and place of each `src` that stands under `images` or `logos`."""
    if isinstance(node, ListNode):
        for index, item in enumerate(node.items):
            yield from _sources(item, f"{name}.{index}".lstrip("."))
    if not isinstance(node, MapNode):
        return
    for key, value in node.entries.items():
        inner = f"{name}.{key}".lstrip(".")
        if key == "src" and name.split(".")[-2:-1] in (["images"], ["logos"]) and isinstance(value, Scalar):
            yield inner, value.text.strip(), node.keys[key]
        yield from _sources(value, inner)


def _picture(src: str, place: Place, name: str, reading: Reading) -> Picture | None:
    path = reading.locate(src, place, name) if src else None
    if path is None or not reading.attempt(place, name, lambda: _named_kind(path)):
        return None
    data = reading.bytes_of(path, _LARGEST, place, name)
    return reading.attempt(place, name, lambda: _read(data, path)) if data is not None else None


def _named_kind(path: Path) -> str:
    """The kind that the file's name promises; refuses all but PNG, JPEG and GIF."""
    suffix = path.suffix.lower()
    if suffix not in _KINDS:
        wanted = "export it as PNG: mail programs show no SVG" if suffix == ".svg" else _WANTED
        raise refuse(f"{clip(path.name)} is no PNG, JPEG or GIF file", wanted)
    return _KINDS[suffix]


def _read(data: bytes, path: Path) -> Picture:
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")
    if kind != _named_kind(path):
        found = f"is a {kind.upper()} file by its content" if kind else "is no picture by its content"
        wanted = f"rename it to {path.stem}.{kind.replace('jpeg', 'jpg')}" if kind else _WANTED
        raise refuse(f"{clip(path.name)} {found}", wanted)
    width, height = _size(data, path.name)
    return Picture(data, f"image/{kind}", width, height)


def _size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height in pixels, once the picture was seen to be whole."""
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow warns of what it takes for a decompression bomb; the limit here is lower.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "GIF")) as image:
                width, height = image.size
                if width * height > _MOST_PIXELS:
                    found = f"{clip(name)} has {width:,} by {height:,} pixels"
                    raise refuse(found, "make it smaller: at most 40 megapixels can be taken")
                # A JPEG is decoded at an eighth of its size, which is enough to see that it is whole.
                image.draft("RGB", (width // 8, height // 8))
                image.load()
        except PydanticCustomError:
            raise
        except Image.DecompressionBombError:
            raise refuse(f"{clip(name)} has too many pixels", "make it smaller") from None
        except _DAMAGED:
            raise refuse(f"{clip(name)} is damaged or was cut off", "copy or export it again") from None
    return width, height
