"""Django's SMTP backend, all over one connection: python with_django.py FOLDER PORT COUNT FILE"""

import json
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

folder, port, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port)
html, text = ((folder / name).read_text(encoding="utf-8") for name in ("body.html", "body.txt"))


def message(number: int) -> EmailMultiAlternatives:
    """The message to one reader."""
    name, address = f"Reader {number}", f"reader{number}@example.org"
    made = EmailMultiAlternatives(
        "News of the study",
        text.replace("{{name}}", name).replace("{{email}}", address),
        "The link worker study <news@example.org>",
        [f"{name} <{address}>"],
        headers={"List-Unsubscribe": f"<mailto:study@example.org?subject=stop-{number}>"},
    )
    made.attach_alternative(html.replace("{{name}}", name).replace("{{email}}", address), "text/html")
    return made


begun = time.perf_counter()
sent = get_connection().send_messages([message(number) for number in range(count)])
assert sent == count, sent  # noqa: S101
Path(sys.argv[4]).write_text(json.dumps({"seconds": time.perf_counter() - begun}))
