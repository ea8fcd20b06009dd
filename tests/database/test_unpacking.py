"""What is unpacked lies in its folder, with Python's own filter and where Python has none."""

import io
import tarfile
from pathlib import Path

import pytest

from newsletter.database.unpacking import unpack

# Python 3.12 and 3.13 announce that theirs will be used; here they are made to have none.
pytestmark = pytest.mark.filterwarnings("ignore:Python 3.14 will, by default, filter:DeprecationWarning")


@pytest.fixture(params=["own filter", "no filter"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where to unpack; as every Python does, and as those do that have no filter."""
    if request.param == "no filter":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    into = tmp_path / "into"
    into.mkdir()
    return into


def packed(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> tarfile.TarFile:
    """An archive with a folder, a file of two letters, and this."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for member_name, member_kind, member_mode in (
            ("issues", tarfile.DIRTYPE, 0o777),
            ("issues/a.yaml", tarfile.REGTYPE, 0o4777),
            (name, kind, mode),
        ):
            member = tarfile.TarInfo(member_name)
            member.type, member.mode, member.linkname = member_kind, member_mode, ""
            if member_name == name:
                member.linkname = target
            member.size = 2 if member_kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"ok"))
    made.seek(0)
    return tarfile.open(fileobj=made)


def test_files_folders_and_links_within_are_laid_out_for_their_owner(folder: Path) -> None:
    with packed("issues/b.yaml", tarfile.SYMTYPE, "a.yaml") as archive:
        unpack(archive, folder)
    assert (folder / "issues" / "b.yaml").read_bytes() == b"ok"
    assert (folder / "issues" / "a.yaml").stat().st_mode & 0o7022 == 0
    assert (folder / "issues").is_dir()


def test_what_was_kept_for_the_owner_alone_stays_so(folder: Path) -> None:
    with packed("contacts.db", mode=0o600) as archive:
        unpack(archive, folder)
    assert (folder / "contacts.db").stat().st_mode & 0o777 == 0o600


def test_those_that_are_named_are_laid_out_and_no_other(folder: Path) -> None:
    with packed("contacts.db") as archive:
        unpack(archive, folder, [archive.getmember("contacts.db")])
    assert [path.name for path in folder.iterdir()] == ["contacts.db"]


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("../evil", tarfile.REGTYPE, ""),
        ("issues/../../evil", tarfile.REGTYPE, ""),
        ("issues/evil", tarfile.SYMTYPE, "../../evil"),
        ("evil", tarfile.SYMTYPE, "/etc/passwd"),
        ("evil", tarfile.LNKTYPE, "../evil"),
        ("evil", tarfile.FIFOTYPE, ""),
    ],
)
def test_what_leads_elsewhere_is_refused(folder: Path, name: str, kind: bytes, target: str) -> None:
    (folder.parent / "evil").write_bytes(b"as it was")
    with packed(name, kind, target) as archive, pytest.raises(tarfile.TarError):
        unpack(archive, folder)
    assert (folder.parent / "evil").read_bytes() == b"as it was"
    assert not (folder / "evil").exists()
