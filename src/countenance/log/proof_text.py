"""C2SP tlog-proof: one text that proves an entry to whoever has the log's key, and the witnesses', and nothing else."""

import base64

from countenance.errors import Malformed
from countenance.log import note as notes
from countenance.log.merkle import HASH
from countenance.vocabulary.entries import Proof

HEADER = "c2sp.org/tlog-proof@v1"
_MOST_HASHES = 63


def write(proof: Proof) -> str:
    """The proof as text: header, index, hashes, an empty line, the checkpoint with every signature it has."""
    hashes = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in proof.hashes)
    return f"{HEADER}\nindex {proof.index}\n{hashes}\n{proof.checkpoint}"


def read(text: str) -> Proof:
    """The proof in `text`; extra data is passed over, as nobody signed it. Raises Malformed. Nothing is verified."""
    head, gap, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        notes.decoded(lines.pop(0).removeprefix("extra "))
    if first != HEADER or not gap or not lines or len(lines) > _MOST_HASHES + 1 or len(text) > 2 * notes.MAXIMUM_NOTE:
        raise Malformed("this is no proof: it has a header, an index, hashes, an empty line and a checkpoint")
    word, _, number = lines[0].partition(" ")
    if word != "index" or not (number.isascii() and number.isdigit()) or len(number) > 18 or str(int(number)) != number:
        raise Malformed("this proof does not say which entry it is of")
    hashes = tuple(map(notes.decoded, lines[1:]))
    if any(len(digest) != HASH for digest in hashes):
        raise Malformed("a hash of this proof is not 32 bytes")
    return Proof(int(number), hashes, checkpoint)
