"""Channels: how a notice leaves the custodian's host, on a way that the repository does not run.

Mail over TLS, an ntfy server, or a webhook. Every one is a function of an address and a text. Nothing leaves in clear:
a server that speaks no TLS is refused, but for one on this very machine, which may be a relay of the operator's.
"""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import quote, urlsplit

from countenance.errors import Malformed, Unavailable

Send = Callable[[str, "Notice"], None]
"""Send a notice to an address. Raises Unavailable if it did not go out."""

SECONDS = 20.0
SUBMISSIONS, SUBMISSION = 465, 587
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, repr=False)
class Notice:
    """What one approver is told. `warrant`: its id."""

    person: str
    warrant: str
    subject: str
    text: str

    def __repr__(self) -> str:
        return f"Notice({self.warrant}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True, repr=False)
class Server:
    """Where notices go. `secret`: user:password for mail, else a bearer token; may be empty. `tls`: whom to trust."""

    kind: str
    address: str
    sender: str
    secret: str
    tls: ssl.SSLContext

    def __repr__(self) -> str:
        return f"Server({self.kind})"


def channel(server: Server) -> Send | None:
    """What sends, or None if no channel is set up. Raises Malformed for a setting that is none."""
    if not server.kind:
        return None
    if server.kind == "smtp":
        host, _, port = server.address.partition(":")
        if not host or not (port or "0").isdecimal() or "@" not in server.sender:
            raise Malformed("[custodian] notify_server is HOST:PORT of a mail server, and notify_sender an address")
        return lambda address, notice: _mail(server, (host, int(port or SUBMISSIONS)), address, notice)
    if server.kind in ("ntfy", "webhook"):
        parts = urlsplit(server.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise Malformed("[custodian] notify_server is an https:// address")
        post = _ntfy if server.kind == "ntfy" else _webhook
        return lambda address, notice: post(server, address, notice)
    raise Malformed("[custodian] notify is smtp, ntfy or webhook, or empty")


def _mail(server: Server, at: tuple[str, int], address: str, notice: Notice) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = server.sender, address, notice.subject
    letter.set_content(notice.text)
    try:
        with _connected(server, *at) as connection:
            if server.secret:
                user, _, password = server.secret.partition(":")
                connection.login(user, password)
            connection.send_message(letter)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Unavailable(f"the mail server did not take a notice ({type(error).__name__})") from error


def _connected(server: Server, host: str, port: int) -> smtplib.SMTP:
    if port == SUBMISSION:
        connection = smtplib.SMTP(host, port, timeout=SECONDS)
        # Raises if the server does not offer it: there is no way on in clear.
        connection.starttls(context=server.tls)
        return connection
    return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=server.tls)


def _ntfy(server: Server, address: str, notice: Notice) -> None:
    _post(server, f"{server.address.rstrip('/')}/{quote(address, safe='')}", notice.text.encode(), "text/plain")


def _webhook(server: Server, address: str, notice: Notice) -> None:
    told = {"to": address, "person": notice.person, "subject": notice.subject, "text": notice.text}
    _post(server, server.address, json.dumps(told).encode(), "application/json")


def _post(server: Server, url: str, data: bytes, kind: str) -> None:
    headers = {"content-type": f"{kind}; charset=utf-8"}
    if server.secret:
        headers["authorization"] = f"Bearer {server.secret}"
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")  # noqa: S310 - https, checked above
    try:
        with urllib.request.urlopen(request, timeout=SECONDS, context=server.tls):  # noqa: S310 - as above
            return
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise Unavailable(f"the server did not take a notice ({type(error).__name__})") from error
