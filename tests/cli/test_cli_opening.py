"""The link of a page that is served here: told, and opened only by a browser with windows."""

import json
import webbrowser

import pytest

from newsletter.cli.opening import tell_link

LINK = "http://127.0.0.1:8001/-/auth-token?token=abc"


class Windows(webbrowser.BaseBrowser):
    """A browser with windows, that notes what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Windows:
    found = Windows()
    monkeypatch.setattr(webbrowser, "get", lambda: found)
    return found


def test_the_link_is_told_with_the_way_to_end_and_opened(
    browser: Windows, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_link(LINK, open_page=True, as_json=False)
    told = capsys.readouterr().out
    assert "works once" in told
    assert f"  {LINK}\n" in told
    assert "Ctrl-C" in told
    assert browser.opened == [LINK]


def test_nothing_is_opened_that_is_not_wanted(browser: Windows, capsys: pytest.CaptureFixture[str]) -> None:
    tell_link(LINK, open_page=False, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"link": LINK}
    assert browser.opened == []


def test_a_browser_in_the_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    in_terminal = webbrowser.GenericBrowser("w3m")
    monkeypatch.setattr(webbrowser, "get", lambda: in_terminal)
    monkeypatch.setattr(webbrowser.GenericBrowser, "open", lambda *_: pytest.fail("it was opened"))
    tell_link(LINK, open_page=True, as_json=True)


def test_a_machine_without_a_browser_is_told_the_link_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    tell_link(LINK, open_page=True, as_json=False)
    assert LINK in capsys.readouterr().out
