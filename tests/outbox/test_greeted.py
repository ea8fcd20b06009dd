"""Greetings put together from what is everybody's in them: as if encoded whole."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.edition import greeter
from newsletter.outbox.greeted import Greeter, Greeting
from newsletter.outbox.quoted import quoted

ROUND = st.one_of(st.text("From .-=&<>\"'é\r\n\0{", max_size=12), st.text(max_size=90))
CALLED = st.one_of(
    st.from_regex(r"[A-Za-z0-9-]{1,30}( [A-Za-z0-9-]{1,60}){0,2}", fullmatch=True),
    st.from_regex(r"[\w-]{1,15}( [\w-]{1,30}){0,2}", fullmatch=True),
    st.text("From .-=&<>'é", max_size=12),
    st.text(max_size=90),
)


def encoded(said: str) -> Greeting:
    in_text, in_html = quoted(said)
    return Greeting(said, in_text.decode(), in_html.decode())


@given(before=ROUND, called=CALLED, after=ROUND)
@example(before="Dear ", called="Ada", after=",")
@example(before="", called="From here", after="")
@example(before="F", called="rom here", after="")
@example(before="", called="-", after="")
@example(before="Dear ", called="a" * 69, after=",")
@example(before="Dear ", called="a" * 70, after=",")
@example(before="é & ", called="a" * 65, after="'")
@example(before="Xavierine and ", called="Ada", after="")
@example(before="Dear ", called="é" * 23, after=",")
@example(before="Dear ", called="é" * 24, after=",")
@example(before=" ", called="Ada", after=" ")
def test_a_greeting_is_as_if_it_were_encoded_whole(before: str, called: str, after: str) -> None:
    def greet(name: str, given_name: str) -> str:
        return f"{before}{given_name or name}{after}"

    said = f"{before}{called}{after}"
    assert Greeter(greet).greet("", called) == encoded(said)
    assert Greeter(greet).greet(called, "") == encoded(said)
    assert Greeter(greet).say(called, "") == said


@given(called=CALLED)
def test_a_name_that_stands_in_it_twice_is_encoded_twice(called: str) -> None:
    said = f"{called}, dear {called},"
    assert Greeter(lambda name, given_name: f"{given_name or name}, dear {given_name or name},").greet(
        called, ""
    ) == encoded(said)


@pytest.mark.parametrize("language", ["en", "cy", "de", "fr", "ja", "ar"])
@settings(deadline=None)  # a language's tables are read from the disk
@given(name=CALLED, given_name=CALLED)
def test_it_says_what_the_words_of_a_language_say(language: str, name: str, given_name: str) -> None:
    greet = greeter(language)
    assert Greeter(greet).greet(name, given_name) == encoded(greet(name, given_name))
