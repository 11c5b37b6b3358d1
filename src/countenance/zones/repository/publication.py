"""Publication: fetch what the custodian's log has grown by and extend the public copy in `repository/log/`.

The copy is made of C2SP tiles, a signed checkpoint and sealed preimages; `countenance audit` reads it. Invariants:

* A damaged copy is said so, to the custodian too, which makes an entry of it, and made anew from the custodian's log.
  Every round looks at a few tiles, chosen at random.
* A copy whose checkpoint the custodian's log does not lead to is kept as it is: it is evidence of a rewritten log.

Who controls this folder can damage or withhold it: the checkpoint's signature and the tree's hashes show it.
"""

from collections.abc import Iterable
from pathlib import Path

from countenance.channel.message import Message
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.log import checkpoint, merkle, tiles
from countenance.log.leaf import LEAF
from countenance.zones.repository.repository import Repository

# Bundles of 256 entries that one round looks at.
LOOKED_AT = 8


def publish(repository: Repository) -> int:
    """Extend the public copy to the custodian's checkpoint; the size it then has.

    Raises Unavailable while the custodian is away, Tampered if its log is not the one that was published before.
    """
    directory = repository.directory / "log"
    try:
        while True:
            have = tiles.published_size(directory)
            leaves, preimages, note = _fetch(repository, have)
            if not leaves:
                break
            tiles.publish(directory, leaves, preimages, note)
    except (Malformed, Tampered) as error:
        repository.log(f"ALARM: the published log is damaged or does not go on: {error}")
        return _renew(repository, directory, "checkpoint")
    place = _damaged(repository, directory, have, note)
    if place:
        repository.log(f"ALARM: the published log is damaged at {place}")
        return _renew(repository, directory, place)
    return have


def register(repository: Repository, message: Message) -> Message:
    """`register`: {} -> the public register, as the custodian signed it. Who controls this can give an older one."""
    answer = repository.custodian.call("register", {}, ())
    return Message(message.verb, {}, answer.blobs)


def _damaged(repository: Repository, directory: Path, size: int, note: str) -> str | None:
    """The first file found damaged. `note`: the checkpoint over `size` entries, as the custodian has it."""
    if size and (directory / "checkpoint").read_bytes() != note.encode():
        return "checkpoint"
    bundles = -(-size // tiles.WIDTH)
    chosen: Iterable[int] = range(bundles)
    if bundles > LOOKED_AT:
        chosen = (int.from_bytes(repository.random(8)) % bundles for _ in range(LOOKED_AT))
    return next((place for number in chosen if (place := tiles.damaged(directory, number))), None)


def _renew(repository: Repository, directory: Path, place: str) -> int:
    repository.custodian.call("published.damaged", {"place": place})
    leaves: list[bytes] = []
    preimages: list[bytes] = []
    more, sealed, note = _fetch(repository, 0)
    last = note
    while more:
        leaves += more
        preimages += sealed
        last = note
        more, sealed, note = _fetch(repository, len(leaves))
    try:
        before = checkpoint.parsed((directory / "checkpoint").read_text(encoding="utf-8"))
    except (OSError, ValueError, Malformed):
        before = None
    if before and (len(leaves) < before.size or merkle.Tree(leaves).root(before.size) != before.root):
        raise Tampered("the custodian's log is not the one published here: keep this folder and call the auditors")
    tiles.publish(directory, leaves, preimages, last)
    repository.log(f"log published anew: entries={len(leaves)}")
    return len(leaves)


def _fetch(repository: Repository, have: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...], str]:
    answer = repository.custodian.call("publish", {"have": have})
    size, note = answer.body.get("size"), answer.body.get("checkpoint")
    if not isinstance(size, int) or not isinstance(note, str) or not answer.blobs:
        raise Unavailable("the custodian's log cannot be read: run the same version on both sides")
    joined, *preimages = answer.blobs
    leaves = tuple(joined[start : start + LEAF] for start in range(0, len(joined), LEAF))
    if len(leaves) != size - have or len(preimages) != len(leaves):
        raise Unavailable("the custodian's log has come in part only: it will be asked for again")
    return leaves, tuple(preimages), note
