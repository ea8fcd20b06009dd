"""The address that a message is sent from where each is to be known by it (VERP)."""


def return_address(sender: str, message_id: str) -> str:
    """The sender's address with the token of a message behind a '+' (VERP): a bounce to it tells whose it is.

    The domain stays, so that SPF holds as without.
    """
    local, _, domain = sender.rpartition("@")
    token = message_id.lstrip("<").partition("@")[0]
    return f"{local}+{token}@{domain}"
