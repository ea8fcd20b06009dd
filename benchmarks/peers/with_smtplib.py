"""Python's EmailMessage and smtplib: python with_smtplib.py FOLDER PORT COUNT FILE"""

import json
import smtplib
import sys
import time
from email.message import EmailMessage
from pathlib import Path

folder, port, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
html, text = ((folder / name).read_text(encoding="utf-8") for name in ("body.html", "body.txt"))
begun = time.perf_counter()
with smtplib.SMTP("127.0.0.1", port, local_hostname="example.org") as server:
    for number in range(count):
        name, address = f"Reader {number}", f"reader{number}@example.org"
        message = EmailMessage()
        message["From"] = "The link worker study <news@example.org>"
        message["To"] = f"{name} <{address}>"
        message["Subject"] = "News of the study"
        message["List-Unsubscribe"] = f"<mailto:study@example.org?subject=stop-{number}>"
        message.set_content(text.replace("{{name}}", name).replace("{{email}}", address))
        message.add_alternative(html.replace("{{name}}", name).replace("{{email}}", address), subtype="html")
        server.send_message(message)
Path(sys.argv[4]).write_text(json.dumps({"seconds": time.perf_counter() - begun}))
