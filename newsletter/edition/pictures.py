"""Makes pictures fit to travel in a message: no wider than needed, upright, without where they were taken."""

import functools
import hashlib
import io
import re
import warnings

from PIL import Image as Pillow
from PIL import ImageOps

from newsletter.edition.model import EditionPicture
from newsletter.errors import InputError
from newsletter.issue import Picture

#: Twice the widest column, for fine screens.
MOST_PIXELS_WIDE = 1200
_GPS, _ORIENTATION = 0x8825, 0x0112
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


def edition_picture(picture: Picture) -> tuple[EditionPicture, int, int]:
    """The picture as it is sent, with its width and height in pixels.

    The bytes stay as they are unless they are too wide, turned by EXIF, tell a place, or are of a
    kind that Outlook does not show. Raises InputError where Pillow cannot read them.
    """
    return _prepared(picture.data)


@functools.lru_cache(maxsize=64)
def _prepared(data: bytes) -> tuple[EditionPicture, int, int]:
    try:
        # Pillow warns of EXIF that a camera or an editor wrote badly; the picture itself is sound.
        with warnings.catch_warnings(action="ignore"), Pillow.open(io.BytesIO(data)) as image:
            media_type = Pillow.MIME.get(image.format or "", "")
            if not _needs_work(image, media_type, data):
                return _named(data, media_type), image.width, image.height
            data, media_type, size = _reworked(image, media_type)
    except (OSError, ValueError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise InputError(
            f"a picture cannot be read: {error}", remedy="Save it again as PNG or JPEG."
        ) from None
    return _named(data, media_type), *size


def _named(data: bytes, media_type: str) -> EditionPicture:
    name = f"{hashlib.sha256(data).hexdigest()[:20]}.{_SUFFIXES[media_type]}"
    return EditionPicture(name=name, media_type=media_type, data=data)


def _needs_work(image: Pillow.Image, media_type: str, data: bytes) -> bool:
    exif = image.getexif()
    return (
        media_type not in _SUFFIXES
        or image.width > MOST_PIXELS_WIDE
        or image.mode == "CMYK"
        or exif.get(_ORIENTATION, 1) != 1
        or _GPS in exif
        or re.search(rb"exif:GPS|photoshop:City|Iptc4xmp", data) is not None
    )


def _reworked(image: Pillow.Image, media_type: str) -> tuple[bytes, str, tuple[int, int]]:
    upright = ImageOps.exif_transpose(image)
    see_through = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
    as_png = media_type in {"image/png", "image/gif"} or see_through
    # A phone's photograph means its colours by a profile; without it they come out dull.
    profile = upright.info.get("icc_profile") if upright.mode in {"RGB", "RGBA"} else None
    upright = upright.convert("RGBA" if see_through else "RGB")
    if upright.width > MOST_PIXELS_WIDE:
        height = max(1, round(upright.height * MOST_PIXELS_WIDE / upright.width))
        upright = upright.resize((MOST_PIXELS_WIDE, height), Pillow.Resampling.LANCZOS)
    upright.info.clear()
    out = io.BytesIO()
    if as_png:
        upright.save(out, "PNG", optimize=True, icc_profile=profile)
    else:
        upright.save(out, "JPEG", quality=85, optimize=True, progressive=True, icc_profile=profile)
    return out.getvalue(), "image/png" if as_png else "image/jpeg", upright.size
