"""Where `countenance audit` reads: a deployment, a repository, a log folder, on this machine or behind a URL."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from countenance.durable import journal
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.log import leaf
from countenance.log.audit import Fetch, Journal
from countenance.vocabulary.deployment import Genesis

# Seconds without a byte, and bytes of one file, before a server is given up.
_TIMEOUT = 30.0
_LARGEST = 4 * 1024 * 1024
# Where the log folder lies in what was named, and the genesis record beside it.
_PLACES = (("repository/log/", "genesis.json"), ("log/", "genesis.json"), ("", "../genesis.json"), ("", "genesis.json"))


@dataclass(frozen=True, slots=True)
class Source:
    """One log to audit. `journal`: None where it cannot be read; `damage`: what reading it found, one sentence each."""

    genesis: Genesis
    fetch: Fetch
    journal: Journal | None
    damage: tuple[str, ...]


def source_of(target: str) -> Source:
    """What `target` (a directory or an http(s) URL) names.

    Raises Malformed if there is no log, Unavailable if a server does not answer.
    """
    remote = target.startswith(("http://", "https://"))
    read = _Server(target).read if remote else _reader(Path(target))
    for log, beside in _PLACES:
        genesis = _genesis(read(beside))
        if genesis is None:
            continue
        note = read(f"{log}checkpoint")
        kept, damage = (None, ()) if remote else _journal(Path(target) / beside)
        if note is not None or kept is not None or damage:
            return Source(genesis, _fetching(read, log, note), kept, damage)
    raise Malformed(f"there is no log at {target}: name a deployment, its repository, a log folder, or the URL of one")


def beside(target: str, zone: str) -> Source | None:
    """The log of a deployment's custodian of another `zone` ("gallery", "second"), from its journal; or None.

    It has no public copy in this version: who cannot read the journal cannot audit it, and is told.
    """
    if target.startswith(("http://", "https://")):
        return None
    folder = Path(target)
    genesis = _genesis(_reader(folder)(f"{zone}.json"))
    if genesis is None:
        return None
    kept, damage = _journal(folder / f"{zone}.json", zone)
    if kept is None and not damage:
        damage = (f"the {zone} custodian's journal cannot be read: audit as its account",)
    return Source(genesis, lambda _: None, kept, damage)


def _fetching(read: Fetch, log: str, note: bytes | None) -> Fetch:
    """Files of the log folder; the checkpoint is the one read first, however far the log grows meanwhile."""
    return lambda name: note if name == "checkpoint" else read(log + name)


def _genesis(data: bytes | None) -> Genesis | None:
    try:
        return records.read(Genesis, data) if data is not None else None
    except Malformed:
        return None


def _journal(genesis: Path, zone: str = "custodian") -> tuple[Journal | None, tuple[str, ...]]:
    """The custodian's journal in the deployment that `genesis` lies in, read after its checkpoint."""
    folder = genesis.parent / zone / "log"
    try:
        note = (folder / "checkpoint").read_text(encoding="utf-8", errors="replace")
        return Journal(tuple(map(leaf.from_bytes, journal.contents(folder / "journal"))), note), ()
    except (OSError, Unavailable):
        return None, ()
    except (Tampered, Malformed):
        return None, (f"the {zone}'s journal is damaged",)


def _reader(folder: Path) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        try:
            return (folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable(f"{name} cannot be read ({error.strerror}); ask its owner for leave") from error

    return read


class _Server:
    """One web server that a log is read from, over one connection."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(parts.netloc, timeout=_TIMEOUT)
        except (ValueError, http.client.InvalidURL) as error:
            raise Malformed("this is no address of a web server; give it as https://host/path") from error
        self._base = parts.path.rstrip("/")

    def read(self, name: str) -> bytes | None:
        base = self._base
        if name.startswith("../"):
            base, name = base.rpartition("/")[0], name[3:]
        try:
            self._connection.request("GET", f"{base}/{name}")
            with self._connection.getresponse() as answer:
                data = answer.read(_LARGEST + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unavailable("the server does not answer; see whether the address is right and try again") from error
        if answer.status == http.client.NOT_FOUND:
            return None
        if answer.status != http.client.OK or len(data) > _LARGEST:
            raise Unavailable(f"the server does not give {name} (status {answer.status}); ask its operator")
        return data
