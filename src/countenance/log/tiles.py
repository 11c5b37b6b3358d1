"""The public copy: C2SP tlog-tiles in a folder that any web server can serve.

`checkpoint`, `tile/<level>/<N>[.p/<width>]` (hashes), `tile/entries/<N>[.p/<width>]` (leaf data, each behind its length
as u16), and `preimages/<N>`: each entry's preimage, sealed to the auditors. Invariants:

* The checkpoint is written last: whoever reads one finds everything it covers.
* Nothing is published that does not lead to the checkpoint's root, or does not extend what was published before.
* Publishing the same again after a crash gives the same files.

Who can modify the folder can damage it or hold it back; the checkpoint's signature shows the one, its size the other.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from countenance.durable import files
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.log.checkpoint import parsed
from countenance.log.leaf import LEAF
from countenance.log.merkle import EMPTY_ROOT, HASH, leaf_hash, node_hash
from countenance.vocabulary.entries import Checkpoint

WIDTH = 256


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Where a tile lies: `level` is 0 and up, or "entries"; `width` below 256 is a partial tile."""
    part = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{numbered(number)}{part}"


def preimage_path(index: int) -> str:
    """Where the sealed preimage of an entry lies."""
    return f"preimages/{numbered(index)}"


def numbered(number: int) -> str:
    """`number` as path elements of three digits, all but the last behind an x: 1234067 is x001/x234/067."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])


def leaves_in(bundle: bytes, width: int) -> list[bytes] | None:
    """The leaf data in an entry bundle, or None if it does not hold exactly `width` of them."""
    step = LEAF + 2
    if len(bundle) != width * step:
        return None
    # All lengths at once: a slice with a stride is quicker than looking at each.
    if bundle[0::step] != bytes(width) or bundle[1::step] != bytes([LEAF]) * width:
        return None
    return [bundle[at : at + LEAF] for at in range(2, len(bundle), step)]


def published_size(directory: Path) -> int:
    """How many entries the folder's checkpoint covers; 0 if there is none. Raises Malformed if it is damaged."""
    last = _published(directory)
    return last.size if last else 0


def publish(directory: Path, leaves: Sequence[bytes], sealed: Sequence[bytes], note: str) -> int:
    """Extend the folder to the checkpoint in `note` by the last `leaves` (32 bytes each) and their sealed preimages.

    Returns the new size. With all leaves from the first on the folder is made anew, whatever it held. Raises Tampered,
    and leaves the checkpoint as it was, if the leaves do not lead to it or it does not extend the one before.
    """
    head = parsed(note)
    start = head.size - len(leaves)
    if start < 0 or len(sealed) != len(leaves) or any(len(data) != LEAF for data in leaves):
        raise Malformed("each leaf has 32 bytes and one preimage, and the checkpoint covers them all")
    before = None if start == 0 else _published(directory)
    if start > (before.size if before else 0):
        raise Malformed("leaves are missing before these; publish from where the folder ends")
    edge = _Edge(directory, start)
    if before and start == before.size and edge.root() != before.root:
        raise Tampered("a tile of the published log is damaged; publish again from the first entry")
    for index, data in enumerate(leaves, start):
        _check(edge, before)
        edge.append(data)
        _put(directory / preimage_path(index), sealed[index - start])
    _check(edge, before)
    if edge.root() != head.root:
        raise Tampered("what is to be published does not lead to its checkpoint; publish again from the first entry")
    if before and before.size > head.size:
        raise Tampered("what is to be published is shorter than what was published before; run 'countenance audit'")
    edge.store()
    _put(directory / "checkpoint", note.encode())
    edge.tidy()
    return head.size


def damaged(directory: Path, number: int) -> str | None:
    """The first file at bundle `number` of the folder that is not as it was published, or None; see `damage`.

    The right edge up to the root is looked at too. Who changed all of it alike is found by the checkpoint's signature.
    """
    try:
        head = _published(directory)
        if head is None or number * WIDTH >= head.size:
            return None
        if _Edge(directory, head.size).root() != head.root:
            return "checkpoint"
    except (Malformed, Tampered):
        return "checkpoint"
    return damage(lambda place: _read(directory, place), head.size, number)


def damage(read: Callable[[str], bytes | None], size: int, number: int) -> str | None:
    """The first file of bundle `number` that is missing or not what the others say, in a log of `size` entries.

    Looked at: the bundle, its hashes, the tiles above it as far as they are full, and that preimages are there.
    """
    width = min(WIDTH, size - number * WIDTH)
    leaves = leaves_in(piece(read, "entries", number, width) or b"", width)
    hashes = b"".join(map(leaf_hash, leaves or ()))
    if leaves is None or hashes != piece(read, 0, number, width):
        return tile_path("entries", number, width)
    for index in range(number * WIDTH, number * WIDTH + width):
        if not read(preimage_path(index)):
            return preimage_path(index)
    level, count = 0, size
    while (number + 1) * WIDTH <= count:
        digest = _fold(_peaks(hashes))
        level, count, at, number = level + 1, count // WIDTH, number % WIDTH, number // WIDTH
        width = min(WIDTH, count - number * WIDTH)
        hashes = piece(read, level, number, width) or b""
        if hashes[at * HASH : (at + 1) * HASH] != digest:
            return tile_path(level, number, width)
    return None


def piece(read: Callable[[str], bytes | None], level: int | str, number: int, width: int) -> bytes | None:
    """A tile of `width`, or as much of the full one: a log that has grown since may have put that in its place."""
    data = read(tile_path(level, number, width))
    if not data and width < WIDTH:
        full = read(tile_path(level, number))
        data = full[: len(full) // WIDTH * width] if full else None
    return data


class _Edge:
    """The tiles at the right edge of the tree, one a level, from which it grows."""

    def __init__(self, directory: Path, size: int) -> None:
        self._directory = directory
        self.size = size
        self._entries = self._load("entries", size % WIDTH, LEAF + 2, size // WIDTH)
        self._outgrown: list[Path] = []
        self._hashes: list[bytearray] = []
        level, count = 0, size
        while count:
            self._hashes.append(self._load(level, count % WIDTH, HASH, count // WIDTH))
            level, count = level + 1, count // WIDTH

    def append(self, data: bytes) -> None:
        """Add one leaf; tiles that it fills are stored."""
        self._entries += len(data).to_bytes(2) + data
        if len(self._entries) == WIDTH * (LEAF + 2):
            self._full("entries", self.size // WIDTH, self._entries)
        digest, level, index = leaf_hash(data), 0, self.size
        self.size += 1
        while True:
            if level == len(self._hashes):
                self._hashes.append(bytearray())
            tile = self._hashes[level]
            tile += digest
            if len(tile) < WIDTH * HASH:
                return
            digest = _fold(_peaks(tile))
            self._full(level, index // WIDTH, tile)
            level, index = level + 1, index // WIDTH

    def root(self) -> bytes:
        """The root over all leaves: the complete subtrees from left to right, joined from the right."""
        peaks = [peak for tile in reversed(self._hashes) for peak in _peaks(tile)]
        return _fold(peaks) if peaks else EMPTY_ROOT

    def store(self) -> None:
        """Write the partial tiles."""
        width, number = self.size % WIDTH, self.size // WIDTH
        if width:
            _put(self._directory / tile_path("entries", number, width), bytes(self._entries))
        count = self.size
        for level, tile in enumerate(self._hashes):
            if tile:
                _put(self._directory / tile_path(level, count // WIDTH, count % WIDTH), bytes(tile))
            count //= WIDTH

    def tidy(self) -> None:
        """Remove partial tiles whose full ones are there; only once no checkpoint needs them."""
        for folder in self._outgrown:
            shutil.rmtree(folder, ignore_errors=True)

    def _full(self, level: int | str, number: int, tile: bytearray) -> None:
        path = self._directory / tile_path(level, number)
        _put(path, bytes(tile))
        self._outgrown.append(path.with_name(f"{path.name}.p"))
        tile.clear()

    def _load(self, level: int | str, width: int, item: int, number: int) -> bytearray:
        if not width:
            return bytearray()
        try:
            tile = (self._directory / tile_path(level, number, width)).read_bytes()
        except OSError as error:
            raise Tampered("a tile of the published log is missing; publish again from the first entry") from error
        if len(tile) != width * item:
            raise Tampered("a tile of the published log is damaged; publish again from the first entry")
        return bytearray(tile)


def _read(directory: Path, place: str) -> bytes | None:
    try:
        return (directory / place).read_bytes()
    except OSError:
        return None


def _check(edge: _Edge, before: Checkpoint | None) -> None:
    if before and edge.size == before.size and edge.root() != before.root:
        raise Tampered("the log does not extend what was published before; run 'countenance audit'")


def _published(directory: Path) -> Checkpoint | None:
    try:
        return parsed((directory / "checkpoint").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise Malformed("the published checkpoint is damaged; publish again from the first entry") from error
    except OSError as error:
        raise Unavailable(f"the published checkpoint cannot be read ({error.strerror}); check its disk") from error


def _peaks(tile: bytes | bytearray) -> list[bytes]:
    """The hashes of the complete subtrees that the hashes of `tile` make, from left to right."""
    peaks: list[tuple[int, bytes]] = []
    for at in range(0, len(tile), HASH):
        height, digest = 0, bytes(tile[at : at + HASH])
        while peaks and peaks[-1][0] == height:
            height, digest = height + 1, node_hash(peaks.pop()[1], digest)
        peaks.append((height, digest))
    return [digest for _, digest in peaks]


def _fold(peaks: list[bytes]) -> bytes:
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def _put(path: Path, data: bytes) -> None:
    files.make_directory(path.parent, 0o755)
    files.write(path, data, mode=0o644)
