"""What comes back and is no bounce: complaints, opt-outs by mail, automatic replies, and what people write."""

from pathlib import Path

import pytest
from letterbox import DELIVERY, TOKEN, letter, parts

from newsletter.replies import Reply, read_reply

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
MIXED = 'multipart/mixed; boundary="edge"'
FEEDBACK = 'multipart/report; report-type=feedback-report; boundary="edge"'
OURS = f"""\
From: The study <news@example.org>
To: Ada <ada@example.org>
Message-ID: <{DELIVERY}@example.org>
List-Unsubscribe: <mailto:study@example.org?subject=unsubscribe%20{TOKEN}>
Subject: News

Hello Ada,

Stop these messages:
mailto:study@example.org?subject=unsubscribe%20{TOKEN}
"""
RETURNED = f"Content-Type: message/rfc822\n\n{OURS}"


def report(fields: str, returned: str = RETURNED) -> bytes:
    body = parts("\nThis is an abuse report.", f"Content-Type: message/feedback-report\n\n{fields}", returned)
    return letter(body, kind=FEEDBACK, From="feedback@provider.example")


def automatic(words: str, subject: str = "Automatic reply: News") -> Reply:
    return read_reply(letter(words, "Auto-Submitted: auto-replied", Subject=subject))


class TestComplaints:
    def test_a_feedback_report_is_a_complaint_about_whom_it_names(self) -> None:
        reply = read_reply(report("Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <ada@example.org>\n"))
        assert (reply.kind, reply.message_id) == ("complaint", f"<{DELIVERY}@example.org>")
        assert [(one.email, one.severity, one.reason) for one in reply.recipients] == [
            ("ada@example.org", "policy", "spam")
        ]
        assert set(reply.tokens) == {DELIVERY, TOKEN}

    def test_where_the_provider_blanks_the_reader_the_message_itself_tells(self) -> None:
        reply = read_reply(report("Feedback-Type: abuse\nVersion: 1\n"))
        assert [one.email for one in reply.recipients] == ["ada@example.org"]

    def test_a_failed_signature_is_about_us_and_no_readers_complaint(self) -> None:
        reply = read_reply(report("Feedback-Type: auth-failure\nOriginal-Rcpt-To: ada@example.org\n"))
        assert [(reply.kind, one.reason) for one in reply.recipients] == [("complaint", "policy")]

    def test_not_spam_is_no_complaint(self) -> None:
        assert read_reply(report("Feedback-Type: not-spam\n")).kind == "other"

    def test_a_loop_without_a_report_is_known_by_its_subject_and_what_it_attaches(self) -> None:
        loop = letter(parts(RETURNED), kind=MIXED, Subject="complaint about message from 192.0.2.1")
        assert read_reply(loop).kind == "complaint"

    def test_also_where_the_message_is_pasted_into_the_words_with_our_token(self) -> None:
        pasted = letter(
            f"[ SpamCop V5 ]\n\n[ Offending message ]\n{OURS}", Subject="[SpamCop (192.0.2.1) id:1]News"
        )
        assert (read_reply(pasted).kind, DELIVERY in read_reply(pasted).tokens) == ("complaint", True)

    def test_a_person_who_forwards_our_message_does_not_complain(self) -> None:
        forwarded = letter(parts("\nHave you seen this?", RETURNED), kind=MIXED, Subject="Fwd: News")
        assert (read_reply(forwarded).kind, read_reply(forwarded).tokens) == ("reply", ())


class TestOptOuts:
    @pytest.mark.parametrize(
        "subject",
        [
            f"unsubscribe {TOKEN}",
            f"Unsubscribe {TOKEN.upper()}",
            f"Re: unsubscribe {TOKEN}",
            f"AW: [EXTERNAL] UNSUBSCRIBE  {TOKEN}",
            f"Atb[2]: unsubscribe%20{TOKEN}",
            f"unsubscribe+{TOKEN}",
            f"=?utf-8?q?unsubscribe_{TOKEN[:20]}?=\n =?utf-8?q?{TOKEN[20:]}?=",
        ],
    )
    def test_the_word_and_the_token_in_a_subject_are_an_opt_out(self, subject: str) -> None:
        reply = read_reply(letter(Subject=subject))
        assert (reply.kind, reply.tokens, reply.asks_to_stop) == ("opt-out", (TOKEN,), False)

    def test_also_where_a_mail_program_sent_it_by_itself(self) -> None:
        sent = letter(
            "", "Auto-Submitted: auto-replied", "X-Apple-Unsubscribe: true", Subject=f"unsubscribe {TOKEN}"
        )
        assert read_reply(sent).kind == "opt-out"

    def test_the_token_may_stand_in_the_address_or_in_a_line_of_the_text(self) -> None:
        for message in (
            letter(To=f"study+{TOKEN}@example.org"),
            letter(f"unsubscribe {TOKEN}"),
            letter(TOKEN, Subject="unsubscribe"),
        ):
            assert (read_reply(message).kind, read_reply(message).tokens) == ("opt-out", (TOKEN,))

    def test_the_word_without_a_token_is_a_wish(self) -> None:
        reply = read_reply(letter("Sent from my phone", Subject="Unsubscribe"))
        assert (reply.kind, reply.tokens, reply.asks_to_stop) == ("opt-out", (), True)
        assert [one.email for one in reply.recipients] == ["ada@example.org"]

    def test_the_link_in_quoted_words_is_no_opt_out(self) -> None:
        quoted = "Thank you!\n\n> Stop these messages:\n> unsubscribe " + TOKEN
        assert read_reply(letter(quoted, f"In-Reply-To: <{DELIVERY}@example.org>")).kind == "reply"

    def test_a_token_for_something_else_opts_nobody_out(self) -> None:
        assert read_reply(letter(Subject=f"unsubscribe {DELIVERY}")).kind == "reply"

    @pytest.mark.parametrize(("word", "letter_of_it"), [("confirm", "c"), ("renew", "r")])
    def test_yes_by_mail_is_a_reply_with_its_token_and_its_subject(
        self, word: str, letter_of_it: str
    ) -> None:
        token = TOKEN.replace("u", letter_of_it, 1)
        reply = read_reply(letter(Subject=f"{word} {token}"))
        assert (reply.kind, reply.tokens, reply.subject) == ("reply", (token,), f"{word} {token}")


class TestAutomaticReplies:
    @pytest.mark.parametrize(
        ("words", "notice", "address", "until"),
        [
            ("I am away until 10 October. Contact Ben at ben@example.org.", "away", "", "2022-10-10"),
            ("Annual leave 3-14 October", "away", "", "2022-10-14"),
            ("Out of office until 05/10/2022", "away", "", "2022-10-05"),
            ("Out of office until 10/14/2022", "away", "", "2022-10-14"),
            ("I am away until 31 February.", "away", "", ""),
            ("Ich bin ab dem 5. Oktober wieder erreichbar", "away", "", "2022-10-05"),
            ("I am on leave and back on Monday.", "away", "", "2022-10-03"),
            ("Returning to the office on May 5th.", "away", "", "2023-05-05"),
            ("I left the office for the day and will be back on Monday.", "away", "", "2022-10-03"),
            ("I have left the university. Please contact ben@example.org instead.", "left", "", ""),
            ("Ada Lovelace is no longer with Example Ltd.", "left", "", ""),
            ("I have left the organisation. You can contact me at Ada@home.example.", "moved", "Ada@home.example", ""),
            ("My new email address is ada@york.example.", "moved", "ada@york.example", ""),
            ("I'm on sabbatical. My colleague Ben's email address is ben@example.org", "away", "", ""),
            ("Thank you for your email. We aim to answer within 5 working days.", "", "", ""),
            ("Rwyf i ffwrdd o'r swyddfa tan 10 Hydref.", "away", "", "2022-10-10"),
            ("Nid yw Ada yn gweithio yma bellach. Cysylltwch â ben@example.org.", "left", "", ""),
            ("Fy nghyfeiriad e-bost newydd yw ada@cymru.example", "moved", "ada@cymru.example", ""),
            ("Ich bin bis zum 10. Oktober nicht im Büro.", "away", "", "2022-10-10"),
            ("Je suis absente du 1er au 10 octobre.", "away", "", "2022-10-10"),
        ],
    )  # fmt: skip
    def test_what_it_says_of_its_owner(self, words: str, notice: str, address: str, until: str) -> None:
        reply = automatic(words)
        assert (reply.kind, reply.notice, reply.new_address, reply.away_until) == (
            "auto-reply",
            notice,
            address,
            until,
        )

    def test_the_words_of_our_own_message_below_it_say_nothing(self) -> None:
        reply = automatic(
            "Away until 5 October.\n\n-----Original Message-----\nFrom: us\nSent: today\nWe have left."
        )
        assert (reply.notice, reply.away_until) == ("away", "2022-10-05")

    @pytest.mark.parametrize(
        "subject",
        [
            "Out of Office: back soon",
            "Ada Lovelace is out of the office.",
            "Abwesenheitsnotiz: News",
            "Ateb awtomatig: Newyddion",
            "自動応答: News",
        ],
    )
    def test_a_program_is_known_by_how_its_subject_begins(self, subject: str) -> None:
        assert read_reply(letter(Subject=subject)).kind == "auto-reply"

    @pytest.mark.parametrize(
        "subject", ["Absence policy", "Thank you for your email about link workers", "Re: Out of hours"]
    )
    def test_a_person_is_not_taken_for_a_program_by_a_subject_that_begins_alike(self, subject: str) -> None:
        assert read_reply(letter(Subject=subject)).kind == "reply"

    def test_an_automatic_reply_never_asks_to_stop(self) -> None:
        assert not automatic("Please remove me from your list, I have left the trust.").asks_to_stop

    def test_a_servers_word_that_all_went_well_is_none(self) -> None:
        fields = "Final-Recipient: rfc822; ada@example.org\nAction: delivered\nStatus: 2.0.0"
        body = parts("\nDelivered.", f"Content-Type: message/delivery-status\n\n{fields}\n")
        kind = 'multipart/report; report-type=delivery-status; boundary="edge"'
        sent = letter(body, "Auto-Submitted: auto-replied", kind=kind, From="MAILER-DAEMON@example.org")
        assert read_reply(sent).kind == "other"

    def test_a_receipt_for_having_read_is_automatic(self) -> None:
        body = parts(
            "\nYour message was displayed.",
            "Content-Type: message/disposition-notification\n\nDisposition: x",
        )
        kind = 'multipart/report; report-type=disposition-notification; boundary="edge"'
        assert read_reply(letter(body, kind=kind)).kind == "auto-reply"


class TestPeople:
    def test_a_reply_has_its_words_its_writer_and_what_it_answers(self) -> None:
        reply = read_reply(
            letter("Thank you!", f"References: <a@b> <{DELIVERY}@example.org>", Subject="Re: News")
        )
        assert (reply.kind, reply.sender, reply.text) == ("reply", "ada@example.org", "Thank you!")
        assert (reply.message_id, reply.tokens) == (f"<{DELIVERY}@example.org>", (DELIVERY,))
        assert (reply.subject, reply.received_at) == ("Re: News", "2022-09-30T08:00:00Z")

    def test_a_name_that_looks_like_an_address_is_not_the_writer(self) -> None:
        assert read_reply(letter(From='"ben@example.org" <ada@example.org>')).sender == "ada@example.org"

    def test_an_answer_by_way_of_a_groups_list_is_still_a_reply(self) -> None:
        fields = (
            "List-Id: <study.example.org>",
            "Precedence: list",
            f"In-Reply-To: <{DELIVERY}@example.org>",
        )
        assert read_reply(letter("Hello", *fields)).kind == "reply"
        assert read_reply(letter("Hello", *fields[:2])).kind == "other"

    @pytest.mark.parametrize(
        "fields", [["Auto-Submitted: auto-generated"], ["List-Unsubscribe: <x:y>"], ["Precedence: bulk"]]
    )
    def test_what_programs_send_round_is_none_of_ours(self, fields: list[str]) -> None:
        assert read_reply(letter("Hello", *fields)).kind == "other"

    @pytest.mark.parametrize("subject", ["Fwd: Undelivered Mail Returned to Sender", "AW: failure notice"])
    def test_a_bounce_that_a_person_passes_on_is_their_message(self, subject: str) -> None:
        fields = "Final-Recipient: rfc822; ben@example.org\nAction: failed\nStatus: 5.1.1"
        words = (
            f"Ben's address is dead, it seems.\n\n-----Original Message-----\nFrom: MAILER-DAEMON\n\n{fields}"
        )
        report = f"Content-Type: message/delivery-status\n\n{fields}\n"
        for message in (
            letter(words, Subject=subject),
            letter(parts("\nLook.", report), kind=MIXED, Subject=subject),
        ):
            assert (read_reply(message).kind, read_reply(message).recipients) == ("reply", ())


ASKING = """\
Please take me off your list.
Please remove my email address from your database
Please remove ada@example.org from your mailing list.
Hi, please unsubscribe me. Regards, Sam
STOP
I no longer wish to receive these emails.
I don't want to be contacted again by you
Please do not send me any more newsletters
How do I unsubscribe?
The unsubscribe link doesn't work
I'd prefer not to receive these updates
Please could I be removed from your mailing list
I have left the project, so please take me off the mailing list
Tynnwch fi oddi ar y rhestr os gwelwch yn dda
Hoffwn ddad-danysgrifio
Dydw i ddim eisiau derbyn y cylchlythyr mwyach
Peidiwch ag anfon rhagor o negeseuon ataf
Bitte nehmen Sie mich aus dem Verteiler
Veuillez me désinscrire de cette liste
Por favor, denme de baja
Haal mij van de lijst aub
Proszę mnie wypisać z listy
""".splitlines()
NOT_ASKING = """\
Please do not take me off the list!
I was removed from the list by mistake, please add me back
I want to stop smoking. Can a link worker help me?
Please don't hesitate to contact us by email
Please don't contact me by phone, email is fine
Could you take me off the waiting list for the trial?
I would like to withdraw from the trial
Please remove Ben Jones from the list, he has left
I don't receive the newsletter any more, can you check?
How many people unsubscribe each month?
People can opt out of the study at any time
I do not want to be a nuisance, but could you resend the newsletter?
Peidiwch â fy nhynnu oddi ar y rhestr
Sut mae stopio ysmygu?
Bitte nehmen Sie mich in den Verteiler auf
Je ne reçois plus la newsletter, pouvez-vous vérifier ?
""".splitlines()


class TestAskingToStop:
    @pytest.mark.parametrize("words", ASKING)
    def test_it_is_heard(self, words: str) -> None:
        assert read_reply(letter(words, Subject="Re: News")).asks_to_stop

    @pytest.mark.parametrize("words", NOT_ASKING)
    def test_something_else_is_not_taken_for_it(self, words: str) -> None:
        assert not read_reply(letter(words, Subject="Re: News")).asks_to_stop

    def test_a_subject_of_ones_own_counts_and_ours_does_not(self) -> None:
        assert read_reply(letter("Sam", Subject="Please remove me from the list")).asks_to_stop
        assert not read_reply(letter("Sam", Subject="Re: Please remove me from the list")).asks_to_stop

    @pytest.mark.parametrize(
        "quoted",
        [
            "> Please take me off your list.",
            "On 3 May 2022 at 10:12, Ben <ben@example.org>\nwrote:\n\n> Please take me off your list.",
            "-----Original Message-----\nFrom: Ben\nSent: today\n\nPlease take me off your list.",
            "Von: Ben <ben@example.org>\nGesendet: heute\nAn: Ada\nBetreff: News\n\nPlease take me off your list.",
            "-- \nPlease take me off your list.",
        ],
    )
    def test_what_somebody_quotes_is_not_their_wish(self, quoted: str) -> None:
        assert not read_reply(letter(f"I agree with Ben.\n\n{quoted}")).asks_to_stop

    def test_what_html_quotes_is_not_their_wish(self) -> None:
        quoted = "<p>I agree.</p><blockquote><p>Please take me off your list.</p></blockquote><p>Ada</p>"
        assert not read_reply(letter(quoted, kind="text/html")).asks_to_stop
        assert read_reply(
            letter("<p>Please take me <b>off your list</b>.</p>", kind="text/html")
        ).asks_to_stop


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora of others are not beside the project")
class TestCorpora:
    def test_of_ordinary_mail_nobody_is_bounced_complained_about_or_opted_out(self) -> None:
        files = sorted((CORPORA / "mail").glob("*.eml"))
        replies = {file.name: read_reply(file.read_bytes()) for file in files}
        assert len(replies) == 47
        assert {name: one for name, one in replies.items() if one.kind not in ("reply", "other")} == {}
        assert [
            name for name, one in replies.items() if one.recipients or one.asks_to_stop or one.tokens
        ] == []

    def test_feedback_and_automatic_replies_are_told_from_bounces(self) -> None:
        messages = CORPORA / "bounces" / "messages"
        kinds = {file.name: read_reply(file.read_bytes()).kind for file in messages.glob("[ar][rf][fc]*.eml")}
        told = {name: kind for name, kind in kinds.items() if name.startswith(("arf", "rfc3834"))}
        # The last of the feedback is a reader's own 'unsubscribe', sent by the mail program.
        assert told.pop("arf-26.eml") == "opt-out"
        assert {
            name for name, kind in told.items() if kind != ("complaint" if "arf" in name else "auto-reply")
        } == set()
