"""The study that the tests make workspaces of: who sends, to which lists, and a home that is the test's own."""

from pathlib import Path

SENDER = """\
[sender]
name = "The link worker study"
email = "news@example.org"
reply_to = "study@example.org"
postal_address = "1 Example Street, Exampleton EX1 1EX"
website = "https://study.example.org"
privacy_notice = "https://study.example.org/privacy"
"""
PARTNERS = """\
[lists.partners]
name = "Project partners"
purpose = "News of the study for the organisations that work with us."
"""
CONTRIBUTORS = """\
[lists.contributors]
name = "Public contributors"
purpose = "News of the study for the people who advise us."
"""


def environment(home: Path) -> dict[str, str]:
    """Everything of the user's in this folder."""
    named = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    secrets = str(home / "secrets")
    return {"HOME": str(home), "NEWSLETTER_SECRETS": secrets, "NEWSLETTER_OPERATOR": "tester", **named}
