"""Why somebody does not get a mailing, in the words that every command and every page uses."""

#: The word that is stored -> what is said of a person, in a sentence, a table or a page.
SKIP_REASONS = {
    "no-consent": "no consent on record",
    "withdrawn": "left the list",
    "expired": "consent has ended",
    "unconfirmed": "has not confirmed",
    "suppressed": "address is never written to",
    "bounced": "address came back dead",
    "paused": "asked us to pause",
    "asked-to-stop": "asked to stop; somebody is to decide",
    "do-not-contact": "asked never to be contacted",
    "deceased": "has died",
    "left-study": "has left the study",
    "no-email": "no email address",
    "not-on-list": "not on the list",
    "duplicate": "somebody else at the same address gets it",
    "by-post": "gets it by post",
    "cancelled": "the mailing was cancelled",
    "answered": "has answered since",
    "lapsed": "did not answer in time",
    "too-late": "too late: the time for it was over",
    "address-changed": "the address has changed since the message was made for the old one",
}
