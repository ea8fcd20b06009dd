"""Pictures are made fit to travel, and left alone where they are."""

import io
from typing import Any

import pytest
from PIL import Image as Pillow

from newsletter.edition import edition_picture
from newsletter.errors import InputError
from newsletter.issue import Picture


def picture(width: int, height: int, kind: str = "PNG", mode: str = "RGB", **how: Any) -> Picture:
    out = io.BytesIO()
    Pillow.new(mode, (width, height)).save(out, kind, **how)
    return Picture(out.getvalue(), Pillow.MIME[kind], width, height)


def exif(**tags: Any) -> Pillow.Exif:
    made = Pillow.Exif()
    made[0x0112] = tags.get("orientation", 1)
    if "gps" in tags:
        made.get_ifd(0x8825)[1] = "N"
    return made


def test_a_sound_picture_keeps_its_bytes() -> None:
    given = picture(800, 600, "JPEG")
    sent, width, height = edition_picture(given)
    assert sent.data == given.data
    assert (width, height) == (800, 600)
    assert sent.name == f"{sent.digest[:20]}.jpg"


def test_a_wide_picture_is_scaled_down() -> None:
    sent, width, height = edition_picture(picture(2400, 1000))
    assert (width, height) == (1200, 500)
    assert Pillow.open(io.BytesIO(sent.data)).size == (1200, 500)


def test_the_same_picture_gives_the_same_bytes() -> None:
    first, second = picture(2400, 1000), picture(2400, 1000)
    assert edition_picture(first)[0] == edition_picture(second)[0]


def test_a_picture_turned_by_its_camera_stands_upright() -> None:
    _, width, height = edition_picture(picture(400, 300, "JPEG", exif=exif(orientation=6)))
    assert (width, height) == (300, 400)


def test_where_it_was_taken_is_not_sent() -> None:
    given = picture(400, 300, "JPEG", exif=exif(gps=True))
    assert 0x8825 in Pillow.open(io.BytesIO(given.data)).getexif()
    sent, _, _ = edition_picture(given)
    assert not Pillow.open(io.BytesIO(sent.data)).getexif()


def test_kinds_that_outlook_does_not_show_become_ones_that_it_does() -> None:
    assert edition_picture(picture(40, 30, "WEBP"))[0].media_type == "image/jpeg"
    assert edition_picture(picture(40, 30, "WEBP", "RGBA"))[0].media_type == "image/png"


def test_a_broken_picture_is_said() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        edition_picture(Picture(b"\x89PNG\r\n\x1a\nno", "image/png", 1, 1))
    whole = picture(2400, 1000, "JPEG")
    with pytest.raises(InputError, match="cannot be read"):
        edition_picture(Picture(whole.data[:2000], "image/jpeg", 2400, 1000))


def test_a_photograph_that_is_scaled_down_keeps_the_profile_that_its_colours_hang_on() -> None:
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("JPEG", "PNG"):
        sent, _, _ = edition_picture(picture(2400, 100, kind, icc_profile=profile))
        assert Pillow.open(io.BytesIO(sent.data)).info["icc_profile"] == profile
    grey, _, _ = edition_picture(picture(2400, 100, "PNG", "L", icc_profile=profile))
    assert "icc_profile" not in Pillow.open(io.BytesIO(grey.data)).info


def test_badly_written_exif_is_passed_over_in_silence() -> None:
    sound = picture(60, 40, "JPEG").data
    broken = b"\xff\xe1\x00\x10Exif\0\0MM\0*" + b"\xff" * 4
    sent, width, height = edition_picture(Picture(sound[:2] + broken + sound[2:], "image/jpeg", 60, 40))
    assert (width, height) == (60, 40)
    assert sent.media_type == "image/jpeg"
