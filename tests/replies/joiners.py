"""Who joins by the public pages: what their form brings, whom it has asked to confirm, and what the ledger has of it."""

WORDS = "I would like to get news of the study by email.\n"


def joining(wording, email="dora@example.org", lists=("partners",), **odd):
    return {
        "email": email,
        "name": "Dora Löwe",
        "lists": [*lists],
        "format": "html",
        "language": "cy",
        "wording": dict.fromkeys(lists, wording),
    } | odd


def close(config, name):
    """The settings with this list closed to whoever comes by the public pages."""
    lists = {**config.lists, name: config.lists[name].model_copy(update={"public": False})}
    return config.model_copy(update={"lists": lists})


def waiting(db):
    """Who is sent a message that asks to confirm, and about which entry."""
    rows = db.conn.execute(
        "SELECT d.email, m.issue FROM mailings m JOIN deliveries d ON d.mailing_id = m.id "
        "WHERE m.kind = 'confirmation' AND d.state = 'waiting' ORDER BY m.id"
    )
    return [tuple(row) for row in rows]


def entries(db):
    return [
        tuple(row) for row in db.conn.execute("SELECT kind, list, channel FROM consents ORDER BY sequence")
    ]
