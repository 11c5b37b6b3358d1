"""The key of this hour: what is sealed to it can be opened for two days at most, by nobody later.

The custodian's log key says which it is. Whoever passes it on could put another in its place.
"""

from countenance.channel.relayed import Call
from countenance.crypto import verify
from countenance.crypto.seal import binding
from countenance.errors import Malformed, Refused
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Hour, Moment


def fetched(call: Call, genesis: Genesis, now: Moment, extractor: str = "") -> tuple[int, int, bytes]:
    """This hour, the least threshold for `extractor` (hex, or empty for none), the hour's key.

    Raises Tampered unless the custodian said it, Refused for another hour's, Malformed.
    """
    answer = call("desk.key", {"extractor": extractor}, ())
    hour, least = answer.body.get("hour"), answer.body.get("least")
    if type(hour) is not int or type(least) is not int or len(answer.blobs) != 2:
        raise Malformed("the key of this hour cannot be read: run the same version on both sides")
    key, word = answer.blobs
    said = binding("desk-key", genesis.deployment, str(hour), extractor, str(least), key.hex())
    verify.verify(genesis.log_key, said, word)
    if abs(hour - Hour.of(now).number) > 1:
        raise Refused("the key is one of another hour: set this machine's clock, and begin again")
    return hour, least, key
