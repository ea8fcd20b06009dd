"""`newsletter login` at Microsoft and Google as it is typed: a real browser command, a real provider, a real server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import forked
import pytest
from authority import ACCOUNT, CLIENT_SECRET, SENTINEL, USER, Authority, running_authority
from tokenroom import Tokenroom, tokenroom

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with running_authority(tmp_path) as found:
        yield found


@pytest.fixture
def room(authority: Authority) -> Iterator[Tokenroom]:
    with tokenroom(lambda token: token in authority.tokens, USER) as found:
        yield found


@pytest.fixture(params=["microsoft", "google"])
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def login(folder: Path, authority: Authority, room: Tokenroom, provider: str, tmp_path: Path) -> Run:
    """Runs the command; the browser is a program that does what a person would."""
    path = folder / "newsletter.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("port = 2525", f'port = {room.port}\nuser = "{USER}"\nauth = "xoauth2"')
    text += (
        f'\n[oauth]\nprovider = "{provider}"\ntenant = "t"\nclient_id = "c"\nauthority = "{authority.url}"\n'
    )
    path.write_text(text, encoding="utf-8")
    program = tmp_path / "browser.py"
    program.write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parent.parent)!r})\n"
        f"from authority import browse\nbrowse(sys.argv[1], {str(authority.certificate)!r})\n",
        encoding="utf-8",
    )

    def run(*arguments: str, command: str = "login") -> subprocess.CompletedProcess[str]:
        world = {
            **os.environ,
            # The & lets the command go on while the browser works, as with a real one.
            "BROWSER": f"{sys.executable} {program} %s &",
            "REQUESTS_CA_BUNDLE": str(authority.certificate),
        }
        words = [sys.executable, "-m", "newsletter", *command.split(), *arguments]
        return forked.run(
            words,
            cwd=folder,
            env=world,
            input=f"{CLIENT_SECRET}\n",
        )

    return run


def test_from_the_browser_to_the_mail_server_and_back_out(
    login: Run, authority: Authority, room: Tokenroom, home: Path, provider: str
) -> None:
    run = login("--check")
    assert run.returncode == 0, run.stderr
    account = ACCOUNT if provider == "microsoft" else USER
    assert f"{account} is logged in at {'Microsoft' if provider == 'microsoft' else 'Google'}" in run.stdout
    assert "127.0.0.1 accepts it" in run.stdout
    assert room.tokens[0] in authority.tokens
    assert room.wrong == []
    shown = login("--show", "--json")
    data = json.loads(shown.stdout)
    assert data["account"] == account
    assert data["until"] > data["used"] >= data["since"]
    told = login("--show", "--check")
    assert f"{account}, by a token of" in told.stdout
    assert "Without use it ends about" in told.stdout
    assert "127.0.0.1 accepts it" in told.stdout
    gone = login("--forget")
    assert "forgotten on this computer" in gone.stdout
    after = login("--show")
    assert f"Nobody is logged in for {USER}" in after.stdout
    for done in (run, shown, told, gone, after):
        assert SENTINEL not in done.stdout + done.stderr


@pytest.mark.parametrize("provider", ["microsoft"])
def test_a_code_for_another_device_is_shown(login: Run, authority: Authority) -> None:
    run = login("--device")
    assert run.returncode == 0, run.stderr
    assert "type the code ABCD1234" in run.stderr
    assert f"{ACCOUNT} is logged in at Microsoft" in run.stdout
    assert f"Messages go out as {USER}" in run.stdout


@pytest.mark.parametrize("provider", ["google"])
def test_a_code_for_another_device_is_not_to_be_had_at_google(login: Run, home: Path) -> None:
    run = login("--device")
    assert run.returncode == 2
    assert "Google lets nobody log in for mail with a device code" in run.stderr
    assert not (home / "secrets").exists(), "nothing was asked for before that was said"


def test_a_login_that_was_ended_says_what_to_type(login: Run, authority: Authority) -> None:
    assert login().returncode == 0
    authority.revoke()
    run = login("--show", "--check")
    assert run.returncode == 78
    assert "the login has ended" in run.stderr
    assert "Run `newsletter login` again" in run.stderr
    assert "Traceback" not in run.stderr
    assert SENTINEL not in run.stdout + run.stderr


def test_before_anybody_logged_in_there_is_nothing_to_try(login: Run) -> None:
    run = login("--show", "--check")
    assert run.returncode == 78
    assert "nobody is logged in" in run.stderr


def test_a_person_who_says_no_is_not_logged_in(login: Run, authority: Authority) -> None:
    authority.declined = True
    run = login()
    assert run.returncode == 78
    assert "it was not agreed to" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("provider", ["microsoft"])
@pytest.mark.parametrize("words", [["--show", "--forget"], ["--device", "--show"], ["--json"]])
def test_words_that_do_not_go_together_are_refused(login: Run, words: list[str]) -> None:
    assert login(*words).returncode == 2
