"""Opens lines to the mail server beside the run: names, TLS and logins take their time."""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from newsletter.errors import ServerUnavailable
from newsletter.outbox.connection import Line

#: Opens a line, or raises as `opening.open_line` does.
Opener = Callable[[], Line]


class Calls:
    """At most `size` lines; one fewer for each call that found the server away or unwilling.

    Some servers allow fewer lines at a time than we were told to use; only when none is left is the server away.
    """

    def __init__(self, opener: Opener, size: int, wake: Callable[[], None]) -> None:
        self.size = size
        self.calling = 0
        self._opener, self._wake = opener, wake
        self._answered = False
        self._answers: deque[Line | BaseException] = deque()
        self._closed = False

    def room(self, lines: int) -> int:
        """How many more may be opened where there are so many.

        Before the first has been answered one alone: a wrong password tried on all at once locks many an account.
        """
        most = self.size - lines - self.calling
        return most if self._answered else min(most, 1 - self.calling)

    def call(self) -> None:
        """Open one more, some time."""
        self.calling += 1
        threading.Thread(target=self._call, name="line", daemon=True).start()

    def answers(self) -> list[Line | BaseException]:
        """The lines that are open by now, and what stood in the way of others."""
        answers = []
        while self._answers:
            answer = self._answers.popleft()
            self._answered = True
            self.calling -= 1
            self.size -= isinstance(answer, ServerUnavailable)
            answers.append(answer)
        return answers

    def close(self) -> None:
        """No line is needed any more: those that open after all are closed again."""
        self._closed = True
        with suppress(IndexError):  # the other thread may be here too
            while True:
                _drop(self._answers.popleft())

    def _call(self) -> None:
        try:
            answer: Line | BaseException = self._opener()
        except BaseException as error:  # carried to the run, which ends with it
            answer = error
        self._answers.append(answer)
        if self._closed:
            self.close()
        self._wake()


def _drop(answer: Line | BaseException) -> None:
    if isinstance(answer, Line):
        answer.drop()
