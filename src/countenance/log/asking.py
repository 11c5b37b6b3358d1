"""Ask one witness for its cosignature over HTTP (C2SP tlog-witness, `add-checkpoint`), with little room for mischief.

Of a witness's answer at most 64 KiB are read, within a few seconds. A line counts only if it is the witness's own and
verifies. A witness that says it has seen another or a longer log makes `Tampered`: that is what witnesses are for.
"""

import base64
import http.client
from collections.abc import Callable, Sequence

from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import address
from countenance.log import note as notes
from countenance.log.cosignature import joined, of_witness
from countenance.vocabulary.entries import Checkpoint, Cosignature, Witness

Prove = Callable[[int], Sequence[bytes]]

TIMEOUT_SECONDS = 5.0
"""Without a byte from the witness, before it is given up."""

_LARGEST = notes.MAXIMUM_NOTE
_CONTENT = "text/plain; charset=utf-8"
# The first answer may tell a size; a second asks from there. More only if somebody else asks for the same log.
_TRIES = 3


def cosigned(witness: Witness, head: Checkpoint, old: int, prove: Prove) -> Cosignature:
    """The witness's cosignature of `head`.

    `old`: the size it is thought to know; `prove`: that `head` extends a size.

    Raises Unavailable if it does not answer or answers nonsense, Tampered if it knows what `head` does not extend.
    """
    for _ in range(_TRIES):
        status, body = _posted(witness, _written(head, old, prove(old)))
        if status == http.client.OK:
            return _read(witness, head, body)
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise Tampered(f"witness {witness.name} has seen another log: this one does not extend it")
        if status != http.client.CONFLICT:
            raise Unavailable(f"witness {witness.name} refuses (status {status}): ask whoever runs it")
        known = body.strip()
        if not (known.isascii() and known.isdigit()) or len(known) > 18:
            raise Unavailable(f"witness {witness.name} answers nonsense: ask whoever runs it")
        if int(known) > head.size:
            raise Tampered(f"witness {witness.name} has seen {known} entries, this log has {head.size}")
        if int(known) == old == head.size:
            raise Tampered(f"witness {witness.name} has seen another log of {known} entries")
        old = int(known)
    raise Unavailable(f"witness {witness.name} keeps changing its mind: ask whoever runs it")


def check_url(url: str) -> None:
    """Raise Malformed unless `url` is where a witness can be asked."""
    _place(url)


def _written(head: Checkpoint, old: int, hashes: Sequence[bytes]) -> bytes:
    lines = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in hashes)
    return f"old {old}\n{lines}\n{head.note}".encode()


def _read(witness: Witness, head: Checkpoint, body: str) -> Cosignature:
    try:
        found = of_witness(joined(head.note, (body,)), witness.name, witness.key)
    except (Malformed, Tampered) as error:
        raise Unavailable(f"the cosignature of witness {witness.name} does not verify: check its key") from error
    if found is None:
        raise Unavailable(f"witness {witness.name} signs with another key or name than it was added with")
    return found


def _posted(witness: Witness, request: bytes) -> tuple[int, str]:
    kind, host, prefix = _place(witness.url)
    connection = kind(host, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", f"{prefix}/add-checkpoint", request, {"Content-Type": _CONTENT})
        with connection.getresponse() as answer:
            data = answer.read(_LARGEST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Unavailable(f"witness {witness.name} does not answer") from error
    finally:
        connection.close()
    if len(data) > _LARGEST:
        raise Unavailable(f"witness {witness.name} answers too much")
    return answer.status, data.decode("utf-8", errors="replace")


def _place(url: str) -> tuple[type[http.client.HTTPConnection], str, str]:
    scheme, host, path = address.place(url, "witness", ("http", "https"))
    return http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection, host, path
