"""What people and their programs write in words that are easily taken for others."""

import pytest
from letterbox import DELIVERY, letter, parts

from newsletter.replies import Reply, read_reply

ASKING = """\
Not relevant to me any more, please stop.
I never signed up for this. Remove my details.
Under GDPR I object to you using my address for this.
Please could my email be removed from this distribution list?
Kindly desist from sending me these emails.
No thanks. Off the list please.
Kindly take our surgery off your distribution list.
Pls unsub
I have nothing to do with this, so please don't contact me about it again.
I'd like my email address deleted from your records please.
Not interested, please remove.
Can you please make sure I don't receive any more of these?
I keep getting these emails and I don't want them.
Please ensure my name is removed from your circulation list.
I withdraw my consent.
Please remove ADA@example.org from the list
Bitte aus dem Verteiler nehmen
Dwi ddim eisiau'r e-byst yma mwyach.
A wnewch chi stopio anfon yr e-byst hyn?
Graag uitschrijven voor deze nieuwsbrief.
Cancelen mi suscripción.
Proszę o wypisanie z newslettera.
""".splitlines()
NOT_ASKING = """\
We don't want to receive referrals through this route.
Remove me from the cc next time, but reply to Huw.
We cannot unsubscribe patients ourselves, can you?
I got an email asking me to unsubscribe, is it genuine?
It's a shame people unsubscribe, this is so useful.
My manager asked to be removed from the steering group.
I was going to ask you to take me off the list but then I read this issue.
I'd like to be removed as a speaker.
Please take my photo off the page.
Sut mae dad-danysgrifio pobl eraill?
Peidiwch â stopio anfon yr e-byst!
Bitte senden Sie mir keine Anhänge, sondern Links.
Wie viele haben den Newsletter abbestellt?
Kann ich den Newsletter auch abbestellen, falls ich wechsle?
Je voudrais recevoir plus de mails de ce type !
""".splitlines()


@pytest.mark.parametrize("words", ASKING)
def test_a_wish_to_stop_is_heard(words: str) -> None:
    assert read_reply(letter(words, Subject="Re: News")).asks_to_stop


@pytest.mark.parametrize("words", NOT_ASKING)
def test_something_else_is_not_taken_for_a_wish_to_stop(words: str) -> None:
    assert not read_reply(letter(words, Subject="Re: News")).asks_to_stop


def automatic(words: str) -> Reply:
    return read_reply(letter(words, "Auto-Submitted: auto-replied", Subject="Re: News"))


@pytest.mark.parametrize(
    ("words", "notice", "address"),
    [
        ("Meine Adresse hat sich geändert. Sie erreichen mich ab sofort unter ada@neu.example.", "moved", "ada@neu.example"),
        ("I now work for another trust; you can reach me at ada@york.example", "moved", "ada@york.example"),
        ("All our addresses are now at example.net; mine is ada.l@example.net", "moved", "ada.l@example.net"),
        ("My address has changed. Ask Ben, ben@example.org, meanwhile.", "moved", ""),
        ("Her mailbox is being closed. She retired in May.", "left", ""),
        ("I am off sick.", "away", ""),
    ],
)  # fmt: skip
def test_an_automatic_reply_says_where_its_owner_is_to_be_found(
    words: str, notice: str, address: str
) -> None:
    assert (automatic(words).notice, automatic(words).new_address) == (notice, address)


def test_a_receipt_whose_words_tell_of_a_failure_is_no_bounce() -> None:
    receipt = parts(
        "\nYour message could not be delivered to a folder, and was displayed.",
        "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; ada@example.org",
    )
    kind = 'multipart/report; report-type=disposition-notification; boundary="edge"'
    assert read_reply(letter(receipt, "Return-Path: <>", kind=kind)).kind == "auto-reply"


def test_a_report_that_all_went_well_is_no_persons_answer_though_it_is_threaded_like_one() -> None:
    fields = "Final-Recipient: rfc822; ada@example.org\nAction: relayed\nStatus: 2.0.0"
    body = parts("\nRelayed.", f"Content-Type: message/delivery-status\n\n{fields}\n")
    kind = 'multipart/report; report-type=delivery-status; boundary="edge"'
    sent = letter(body, f"In-Reply-To: <{DELIVERY}@example.org>", kind=kind, From="outlook@example.org")
    assert read_reply(sent).kind == "other"


@pytest.mark.parametrize("subject", ["Vacation: Re: News", "Helpdesk - automatic acknowledgement"])
def test_a_program_that_nobody_may_answer_is_known_by_its_subject(subject: str) -> None:
    assert read_reply(letter("Hello", "Precedence: bulk", Subject=subject)).kind == "auto-reply"
    assert read_reply(letter("Hello", Subject="Our automatic acknowledgements")).kind == "reply"
