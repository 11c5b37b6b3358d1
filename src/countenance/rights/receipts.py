"""Receipts: what the custodian told somebody who asked at the door, checked by anybody, offline.

The procedure (the numbers are in the code):

1. Every entry is in the log whose key is the deployment's: its inclusion proof leads to the signed checkpoint.
2. They are in the order of the log: asked, then answered, then, where something was erased, erased.
3. What the receipt says is what they say: request, wish, days, outcome, ground, and by when it is gone.

What is not in an entry, the camera and times that are told to who was met, is the custodian's word alone.
"""

from countenance.errors import Tampered
from countenance.log.trail import Trail
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.rights import Statement

_OF_AN_ANSWER = 2


def check(said: Statement, genesis: Genesis) -> Trail:
    """The entries of a receipt, every one proved. Raises Tampered, with what does not hold."""
    if said.deployment != genesis.deployment:
        raise Tampered("this receipt is of another deployment")
    trail = Trail.of(genesis, said.entries)  # (1) (2)
    asked = trail.first(Kind.ASKED, request=said.request, wish=said.wish.value, due=str(said.due))
    if asked.made != said.recorded:
        raise Tampered("the receipt says another moment of asking than the log")
    if not said.outcome:
        if len(said.entries) != 1:
            raise Tampered("the receipt of a question that waits has one entry")
        return trail
    answer = trail.first(  # (3)
        Kind.REPLIED, request=said.request, outcome=said.outcome, ground=said.ground
    )
    if (answer.of, answer.made) != (asked.index, said.answered):
        raise Tampered("the answer of this receipt is another question's")
    erased = trail.entries[_OF_AN_ANSWER:]
    if any(line.kind is not Kind.ERASED for line in erased) or len(erased) > 1:
        raise Tampered("after the answer of a receipt comes its erasure, and nothing else")
    if erased and said.gone_by < erased[0].made:
        raise Tampered("the receipt says that it was gone before it was erased")
    # A backup that was made meanwhile may make it later, and nothing makes it earlier.
    promised = answer.facts.get("gone_by", "")
    if not erased and (not promised.isdigit() or said.gone_by < int(promised) or (said.gone_by and promised == "0")):
        raise Tampered("the receipt names another day of deletion than the log")
    return trail
