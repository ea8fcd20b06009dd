"""What a safe line to a server is, and what is wrong with one that is not: the same for sending and for reading."""

import ssl

from newsletter.errors import ConfigError, ServerUnavailable

#: What OpenSSL says of a server that cannot do what we demand, and what that means.
_TROUBLE = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS at this port",
    "UNSUPPORTED_PROTOCOL": "it speaks TLS older than 1.2 only",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks TLS older than 1.2 only",
}


def trusting(ca_file: str, section: str) -> ssl.SSLContext:
    """TLS 1.2 or newer, with a certificate that is good for this very name.

    `ca_file` names an authority of one's own, '' the system's; `section` is where newsletter.toml says so.
    Raises ConfigError where that file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # what is no certificate is an SSLError, which is one too
        why = (
            error.strerror
            if isinstance(error, FileNotFoundError | PermissionError)
            else "it is no certificate"
        )
        raise ConfigError(
            f"newsletter.toml: {section}.ca_file = {ca_file!r} cannot be used: {why}",
            remedy="Ask whoever runs the server for the certificate of its authority, as a PEM file.",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def unsafe(place: str, error: ssl.SSLError, section: str) -> ServerUnavailable:
    """What to say of a server to which no safe line can be had; `place` is its name and port."""
    remedy = f"Nothing was sent over it. Check {section}.host and {section}.security, or ask whoever runs the server."
    if not isinstance(error, ssl.SSLCertVerificationError):
        why = _TROUBLE.get(error.reason or "", error.reason or str(error))
        return ServerUnavailable(f"{place}: no safe line can be had: {why}", remedy=remedy)
    why = f"its certificate is not good: {error.verify_message}"
    if "expired" in why or "not yet valid" in why:
        remedy += " Is the clock of this computer right?"
    elif "self" in why or "issuer" in why:
        remedy += (
            f" A server of your own with a certificate of its own: name its authority in {section}.ca_file."
        )
    return ServerUnavailable(f"{place}: no safe line can be had: {why}", remedy=remedy)
