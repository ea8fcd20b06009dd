"""`newsletter.toml`: whether it says all that readers and the law want to know, and nothing that only stood there as an example."""

from collections.abc import Iterator

from newsletter.addresses import domain_of
from newsletter.config import read_config, shipped
from newsletter.doctor.case import Case, is_example
from newsletter.doctor.finding import Finding, error, note, ok, warning

#: What a message needs -> why.
_NEEDED = {
    "email": "nobody can be written to without a From address",
    "postal_address": "a message must say where its sender can be found",
    "privacy_notice": "readers must be told what is kept about them, and why",
}
_WISHED = {"name": "readers see it in their inbox", "reply_to": "replies go to sender.email without it"}


def check(case: Case) -> Iterator[Finding]:
    """Findings about the settings."""
    yield from _sender(case)
    yield _lists(case)
    if case.config.public.url:
        yield _joining(case)
    yield _stopping(case)


def _sender(case: Case) -> Iterator[Finding]:
    sender = case.config.sender
    for key, why in _NEEDED.items():
        if not getattr(sender, key):
            yield error(
                "settings.sender",
                f"sender.{key} is empty: {why}",
                "Write it under [sender] in newsletter.toml.",
            )
    for key, why in _WISHED.items():
        if not getattr(sender, key):
            yield note(
                "settings.sender",
                f"sender.{key} is empty: {why}",
                "Write it under [sender] in newsletter.toml.",
            )
    examples = read_config(shipped("newsletter.toml").read_text(encoding="utf-8")).sender
    left = [key for key, value in examples if value and getattr(sender, key) == value and key != "name"]
    if is_example(domain_of(sender.email)) and "email" not in left:
        left.insert(0, "email")
    if left:
        yield warning(
            "settings.examples",
            f"still examples in newsletter.toml: {', '.join(f'sender.{key}' for key in left)}",
            "Write your own there before you send to anybody.",
        )
    elif all(getattr(sender, key) for key in _NEEDED):
        yield ok(
            "settings.sender",
            f"messages come from {sender.name} <{sender.email}>, with postal address and privacy notice",
        )


def _lists(case: Case) -> Finding:
    lists = case.config.lists
    if not lists:
        return error(
            "settings.lists", "there is no list that people could be on", "Write one: [lists.partners]."
        )
    bare = [name for name, one in lists.items() if not one.purpose]
    if bare:
        return warning(
            "settings.lists",
            f"no purpose is stated for: {', '.join(bare)}",
            'Write purpose = "…" there; people agree to a purpose.',
        )
    return ok(
        "settings.lists",
        f"{len(lists)} {'list' if len(lists) == 1 else 'lists'}, each with a purpose: {', '.join(lists)}",
    )


def _joining(case: Case) -> Finding:
    """Which lists anybody may ask to join, and which not: a list for a few must not be open by an oversight."""
    lists = case.config.lists
    open_to_all = ", ".join(name for name, one in lists.items() if one.public) or "nothing"
    closed = ", ".join(name for name, one in lists.items() if not one.public)
    return ok(
        "settings.joining",
        f"on the public pages anybody can ask to join, where consent/ has words for it: {open_to_all}"
        + (f"; nobody: {closed}" if closed else "; write public = false at a list that is not for everybody"),
    )


def _stopping(case: Case) -> Finding:
    """How readers stop: by a page, or by an email that somebody must read."""
    config = case.config
    if config.public.url.startswith("https://"):
        return ok("settings.stopping", f"readers can stop at {config.public.url}")
    if config.public.url:
        return warning(
            "settings.stopping",
            f"public.url is not encrypted: {config.public.url}; mail programs then offer no button to stop (RFC 8058)",
            "Write one that begins with https://.",
        )
    where = config.sender.reply_to or config.sender.email or "your own address"
    if config.mailbox.is_read:
        read = config.mailbox.host or config.mailbox.path
        return ok("settings.stopping", f"readers stop by an email to {where}, which is read from {read}")
    return note(
        "settings.stopping",
        f"readers stop by an email to {where}: somebody must read it and type `newsletter consent withdraw ADDRESS --all`",
    )
