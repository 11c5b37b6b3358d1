"""Spool: what waits to be taken by the repository, one numbered file an item, bounded in bytes.

A file is: length of the header (u32, big-endian), header (canonical JSON: `blobs`, an array of lengths, and `verb`),
the blobs, SHA-256 of all before. Everything secret in an item is already masked, encrypted or sealed. Invariants:

* After `put` returns, the item survives a kill and a power cut; before, it is not there at all.
* Items leave in the order in which they came, each when it was acknowledged, and not before `release`.
* What would go over `most` bytes is not taken in; what is inside is never dropped to make room.
* An item that was damaged on its disk is set aside, not sent and not lost from sight.

Who reads the spool learns when something was seen, and gets ciphertext. Who writes it can drop sightings before they
are acknowledged; the manifests, made from the ledger beside it, then show them missing.
"""

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from countenance.durable import files
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import canonical

_DIGEST = 32
# Set aside: `refused` by the repository, or `damaged` on the disk. They count into the bound.
_ASIDE = ("refused", "damaged")


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One message to the repository. Blob 0 is the signed record that the others belong to."""

    verb: str
    blobs: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Item({self.verb}, {sum(map(len, self.blobs))} bytes)"


class Spool:
    """The items in `directory` (made if missing). Threads may share it; one process at a time (`durable.lock`)."""

    def __init__(self, directory: Path, *, most: int) -> None:
        files.make_directory(directory)
        self._directory = directory
        self._most = most
        self._change = threading.Condition()
        for torn in directory.glob(".*.part"):
            torn.unlink(missing_ok=True)
        self._sizes = {int(path.name): path.stat().st_size for path in directory.iterdir() if path.name.isdigit()}
        self._aside = sum(path.stat().st_size for name in _ASIDE for path in (directory / name).glob("*"))
        self._released = max(self._sizes, default=0)

    def __len__(self) -> int:
        return len(self._sizes)

    @property
    def bytes(self) -> int:
        """Bytes on the disk, items set aside included."""
        return sum(self._sizes.values()) + self._aside

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the items, oldest first."""
        with self._change:
            return tuple(sorted(self._sizes))

    def put(self, item: Item, number: int, *, even_if_full: bool = False) -> None:
        """Keep `item` under `number`, higher than any before. Raises Unavailable if spool or disk is full."""
        data = _written(item)
        with self._change:
            if not even_if_full and self.bytes + len(data) > self._most:
                raise Unavailable("the spool is full; let the edge reach its repository, or give the spool more room")
            try:
                files.write(self._path(number), data)
            except Unavailable:
                self._path(number).unlink(missing_ok=True)
                raise
            self._sizes[number] = len(data)

    def release(self, number: int) -> None:
        """Let items up to `number` be sent."""
        with self._change:
            self._released = max(self._released, number)
            self._change.notify_all()

    def oldest(self) -> tuple[int, Item] | None:
        """The next item to send. Damaged ones before it are set aside."""
        with self._change:
            while (number := min(self._sizes, default=None)) is not None and number <= self._released:
                try:
                    return number, self.read(number)
                except (Malformed, Tampered, Unavailable):
                    self.set_aside(number, "damaged")
        return None

    def read(self, number: int) -> Item:
        """The item `number`. Raises Unavailable, Malformed or Tampered."""
        with _explained(number):
            data = self._path(number).read_bytes()
        return _read(data)

    def done(self, number: int) -> None:
        """Item `number` was acknowledged, or never counted: it is removed."""
        with self._change:
            with _explained(number):
                self._path(number).unlink(missing_ok=True)
            self._sizes.pop(number, None)
            self._change.notify_all()

    def set_aside(self, number: int, why: str) -> None:
        """Keep item `number` out of the way of the next ones: `why` is "refused" or "damaged"."""
        with self._change:
            files.make_directory(self._directory / why)
            path = self._path(number)
            with _explained(number):
                if path.exists():
                    path.replace(self._directory / why / path.name)
            self._aside += self._sizes.pop(number)
            self._change.notify_all()

    def aside(self) -> Mapping[str, int]:
        """How many items are set aside, by reason."""
        return {name: len(list((self._directory / name).glob("*"))) for name in _ASIDE}

    def wait(self, seconds: float) -> None:
        """Return when something may be sent, or after `seconds`."""
        with self._change:
            if not any(number <= self._released for number in self._sizes):
                self._change.wait(seconds)

    def wait_empty(self, seconds: float) -> bool:
        """Whether everything was acknowledged (or set aside) within `seconds`."""
        with self._change:
            return self._change.wait_for(lambda: not self._sizes, seconds)

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:012d}"


@contextlib.contextmanager
def _explained(number: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"item {number} of the spool cannot be used ({error.strerror}); check its disk") from error


def _written(item: Item) -> bytes:
    header = canonical.write({"verb": item.verb, "blobs": [len(blob) for blob in item.blobs]})
    data = b"".join((len(header).to_bytes(4), header, *item.blobs))
    return data + hashlib.sha256(data).digest()


def _read(data: bytes) -> Item:
    body = data[:-_DIGEST]
    if hashlib.sha256(body).digest() != data[-_DIGEST:]:
        raise Tampered("an item of the spool is not what was written; its disk is failing")
    start = 4 + int.from_bytes(body[:4])
    header = canonical.read(body[4:start])
    if not isinstance(header, Mapping) or not isinstance(header.get("verb"), str):
        raise Malformed("an item of the spool has no header")
    blobs = []
    lengths = header.get("blobs")
    for length in lengths if isinstance(lengths, list) else ():
        if type(length) is not int:
            raise Malformed("an item of the spool has a length that is no number")
        blobs.append(body[start : start + length])
        start += length
    return Item(str(header["verb"]), tuple(blobs))
