"""Objects: stills, patches, footage and photos as ciphertext, in a folder or an S3-compatible store.

Invariants:

* `written` yields names only when every byte is durable: local files and the folders that name them are fsynced.
* A name is random, is used once, and tells nothing: neither camera nor time nor person.
* An object that no row names is deleted by `sweep`, one that is being written never is. So a process killed between
  object and row leaves nothing that stays.

Who can read this store learns the number and sizes of objects. Who can write it can spoil them: digests show it.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from countenance.errors import Malformed, Tampered, Unavailable

NAME_BYTES = 16
Random = Callable[[int], bytes]


class Objects:
    """An object store by URL, or a local folder. `random`: bytes of the operating system, for names."""

    def __init__(self, where: str, random: Random) -> None:
        self._random = random
        self._unsettled: set[str] = set()
        self._doubtful: set[str] = set()
        self._guard = threading.Lock()
        self._folder = _local_folder(where)
        if self._folder is None:
            self._store = _remote(where)
        else:
            self._store = _local(self._folder)

    @contextmanager
    def written(self, *blobs: bytes) -> Iterator[tuple[str, ...]]:
        """Names under which `blobs` are durable now. The caller commits them to the database inside the block.

        Raises Unavailable if there is no room; nothing is left then. If the block raises, `sweep_doubtful` decides
        later: whether its commit took place may be unknown.
        """
        reserved: list[str] = []
        names: list[str] = []
        try:
            try:
                for blob in blobs:
                    reserved.append(self._reserve())
                    self._put(reserved[-1], blob)
                    # Only now is it ours to drop: a name that was taken is somebody's.
                    names.append(reserved[-1])
                self._settle(names)
            except Unavailable:
                self.drop(names)
                raise
            try:
                yield tuple(names)
            except BaseException:
                with self._guard:
                    self._doubtful.update(names)
                raise
        finally:
            with self._guard:
                self._unsettled.difference_update(reserved)

    def get(self, name: str, what: str) -> bytes:
        """The object's bytes. Raises Tampered, naming `what`, if it is gone; Unavailable if the store is."""
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            raise Tampered(f"{what} is missing from the object store: restore it from a backup") from None
        except (BaseError, OSError):
            raise Unavailable("the object store cannot be read now: check that it is there, then try again") from None

    def drop(self, names: Iterable[str]) -> int:
        """Delete what is there of `names`; how many were."""
        dropped = 0
        for name in names:
            try:
                obstore.delete(self._store, name)
                dropped += 1
            except FileNotFoundError:
                continue
            except (BaseError, OSError):
                raise Unavailable("the object store cannot be written now: check it, then try again") from None
        return dropped

    def sweep(self, known: Callable[[list[str]], set[str]]) -> int:
        """Delete every object that `known` (a question to the database, asked after the listing) does not name."""
        dropped = 0
        try:
            for batch in obstore.list(self._store, chunk_size=1000):
                listed = [meta["path"] for meta in batch]
                with self._guard:
                    settled = [name for name in listed if name not in self._unsettled]
                kept = known(settled)
                dropped += self.drop(name for name in settled if name not in kept)
        except BaseError:
            raise Unavailable("the object store cannot be listed now: check that it is there") from None
        return dropped

    def sweep_doubtful(self, known: Callable[[list[str]], set[str]]) -> int:
        """As `sweep`, for the few objects alone whose commit failed: a full disk must not fill up with them."""
        with self._guard:
            doubtful = list(self._doubtful - self._unsettled)
        kept = known(doubtful)
        dropped = self.drop(name for name in doubtful if name not in kept)
        with self._guard:
            self._doubtful.difference_update(doubtful)
        return dropped

    def _reserve(self) -> str:
        spelled = self._random(NAME_BYTES).hex()
        name = f"{spelled[:2]}/{spelled}"
        with self._guard:
            self._unsettled.add(name)
        return name

    def _put(self, name: str, blob: bytes) -> None:
        try:
            obstore.put(self._store, name, blob, mode="create")
        except AlreadyExistsError:
            raise Unavailable("a new object's random name is taken: check the machine's source of randomness") from None
        except (BaseError, OSError):
            raise Unavailable("the object store has no room or is not there: free some space, then try again") from None

    def _settle(self, names: list[str]) -> None:
        if self._folder is None:
            return
        try:
            files = [self._folder / name for name in names]
            for path in (*files, *{file.parent for file in files}, self._folder):
                _synchronise(path)
        except OSError:
            raise Unavailable("the object store's disk does not answer: check it, then try again") from None


def _local_folder(where: str) -> Path | None:
    parts = urlsplit(where)
    if parts.scheme in ("", "file"):
        return Path(unquote(parts.path)).absolute()
    return None


def _local(folder: Path) -> ObjectStore:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _synchronise(folder.parent)
        for torn in folder.glob("*/*#*"):
            # What the library leaves behind when it is killed while it writes.
            torn.unlink()
    except OSError:
        raise Unavailable(f"the folder {folder.name} for objects cannot be made: check its disk and owner") from None
    return LocalStore(str(folder))


def _remote(where: str) -> ObjectStore:
    try:
        return from_url(where)
    except (BaseError, ValueError):
        raise Malformed("objects are kept in a folder or at an s3:// URL; see docs/formats/repository.md") from None


def _synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
