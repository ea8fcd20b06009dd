"""Verifiers of DKIM that are not ours, with the public key beside them instead of in the DNS."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

#: Whether a message's signature holds, by a record at a name.
Judge = Callable[[bytes, str, str], bool]

_PERL = r"""
use strict; use warnings; use Mail::DKIM::Verifier; use Mail::DKIM::PublicKey; use Mail::DKIM::Signature;
my ($record, $file) = @ARGV;
{
    no warnings 'redefine';
    *Mail::DKIM::Signature::fetch_public_key = sub { };
    *Mail::DKIM::Signature::get_public_key = sub { $_[0]{public} ||= Mail::DKIM::PublicKey->parse($record) };
}
my $verifier = Mail::DKIM::Verifier->new;
open my $message, '<:raw', $file or die;
while (<$message>) { s/\015?\012\z//; $verifier->PRINT("$_\015\012") }
$verifier->CLOSE;
print $verifier->result, "\n";
"""


def opendkim(folder: Path) -> Judge:
    """OpenDKIM, from Debian's package of that name."""
    program = shutil.which("opendkim") or shutil.which("opendkim", path="/usr/sbin")
    if program is None:
        pytest.skip("opendkim is not installed (sh tests/system-packages.sh)")

    def judge(message: bytes, name: str, record: str) -> bool:
        keys, settings, file = folder / "keys", folder / "opendkim.conf", folder / "judged.eml"
        keys.write_text(f"{name} {record}\n", encoding="ascii")
        settings.write_text(
            f"Mode v\nTestPublicKeys {keys}\nBaseDirectory {folder}\nSyslog no\n", encoding="utf-8"
        )
        file.write_bytes(message)
        done = subprocess.run(
            [program, "-x", settings, "-t", file], capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        # Of a message that it will not look at, such as one without From, it says nothing.
        assert not ("succeeded" in said and "failed" in said), said
        return "succeeded" in said

    return judge


def mail_dkim(folder: Path) -> Judge:
    """Perl's Mail::DKIM, from libmail-dkim-perl."""
    if not _has_perl("Mail::DKIM::Verifier"):
        pytest.skip("libmail-dkim-perl is not installed (sh tests/system-packages.sh)")

    def judge(message: bytes, name: str, record: str) -> bool:
        file = folder / "judged-too.eml"
        file.write_bytes(message)
        done = subprocess.run(["perl", "-e", _PERL, record, file], capture_output=True, text=True, check=True)
        assert done.stdout.strip() in {"pass", "fail", "invalid", "none"}, done.stderr
        return done.stdout.strip() == "pass"

    return judge


def dkimpy(folder: Path) -> Judge:
    """dkimpy, which shares no code with the others, nor with what signs here."""
    import dkim

    def judge(message: bytes, name: str, record: str) -> bool:
        def asked(wanted: bytes, timeout: float = 5) -> bytes:
            assert wanted.rstrip(b".") == name.encode("ascii")
            return record.encode("ascii")

        return bool(dkim.verify(message, dnsfunc=asked))

    return judge


def _has_perl(module: str) -> bool:
    if shutil.which("perl") is None:
        return False
    return (
        subprocess.run(["perl", f"-M{module}", "-e", "1"], capture_output=True, check=False).returncode == 0
    )


JUDGES = {"opendkim": opendkim, "Mail::DKIM": mail_dkim, "dkimpy": dkimpy}
