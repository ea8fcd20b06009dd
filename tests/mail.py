"""Messages that come back, as tests need them: a bounce of a server that keeps to RFC 3464, a person's answer."""

import textwrap

_BOUNCE = """\
From: Mail Delivery System <MAILER-DAEMON@mx.example.net>
To: news@example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce.{number}@mx.example.net>
Date: Fri, 30 Sep 2022 09:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

I could not deliver it: <{email}>: {says}

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {email}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {says}

--part
Content-Type: message/rfc822

From: news@example.org
Subject: News
Message-ID: {original}

Hello.

--part--
"""


def bounce(
    number: int = 1,
    *,
    email: str = "gone@example.net",
    status: str = "5.1.1",
    says: str = "550 5.1.1 user unknown",
    original: str = "<nobody@example.org>",
) -> bytes:
    """A bounce; each `number` is another message."""
    text = _BOUNCE.format(number=number, email=email, status=status, says=says, original=original)
    return text.encode()


def answer(
    number: int = 1, words: str = "Thank you, that was a good read. When is the next meeting?"
) -> bytes:
    """What a person writes back."""
    text = f"""\
        From: Ada Example <ada@example.org>
        To: news@example.org
        Subject: Re: News
        Message-ID: <answer.{number}@example.org>
        Date: Fri, 30 Sep 2022 10:00:00 +0100

        {words}
        """
    return textwrap.dedent(text).encode()
