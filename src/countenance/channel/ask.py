"""A person's act, signed by their key and sealed to the custodian, through a repository that cannot read it.

On the wire: `Signed(person, Ask)` sealed to the custodian's key as blob 0 of a message to the repository; the answer's
blob 0 is canonical JSON sealed to the key that this call alone made. Only who opened the request knows that key, so the
answer is the custodian's.
"""

import secrets
from collections.abc import Callable

from countenance.channel.client import Connection
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey, signed
from countenance.errors import Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.rights import Asked

NONCE = 16


class Asker:
    """Asks in the name of `person` with their `key`, or with what signs an ask by other means.

    `connection`: to the repository; `clock`: UTC milliseconds.
    """

    def __init__(
        self,
        genesis: Genesis,
        connection: Connection,
        person: str,
        key: SigningKey | Callable[[Ask], Signed],
        clock: Callable[[], Moment],
    ) -> None:
        self._genesis = genesis
        self._connection = connection
        self._person = person
        self._key = key
        self._clock = clock

    def ask(
        self,
        verb: Verb,
        record: object,
        *,
        warrant: str = "",
        number: int = 0,
        relay: str = "ask",
        extra_blobs: tuple[bytes, ...] = (),
    ) -> dict[str, Json]:
        """The custodian's answer to `record`, one of `vocabulary.acts`; `relay`: the repository's verb for it.

        `warrant` and `number` tell the repository which stored warrant to attach. Raises what the custodian or the
        repository raised, Tampered for an answer that is not the custodian's.
        """
        answer, _ = self.ask_with_blobs(
            verb, record, warrant=warrant, number=number, relay=relay, extra_blobs=extra_blobs
        )
        return answer

    def ask_with_blobs(
        self,
        verb: Verb,
        record: object,
        *,
        warrant: str = "",
        number: int = 0,
        relay: str = "ask",
        extra_blobs: tuple[bytes, ...] = (),
    ) -> tuple[dict[str, Json], tuple[bytes, ...]]:
        """As `ask`, and the blobs that came with the answer, as they came: not authenticated by it."""
        deployment, nonce, reply = self._genesis.deployment, secrets.token_bytes(NONCE), OwnKey.generate()
        ask = Ask(
            deployment=deployment,
            person=self._person,
            verb=verb.value,
            body=records.write(record),
            made=self._clock(),
            nonce=nonce,
            reply_key=reply.public,
        )
        key = self._key
        letter = records.write(signed(ask, self._person, key) if isinstance(key, SigningKey) else key(ask))
        sealed = seal(self._genesis.custodian_key, binding("ask", deployment), letter)
        body: dict[str, Json] = {"warrant": warrant, "number": number}
        if verb is Verb.QUESTION and isinstance(record, Asked):
            body["question"] = record.request
        answer = self._connection.call(relay, body, (sealed, *extra_blobs))
        if not answer.blobs:
            raise Malformed("the repository passed on an answer without the custodian's part; ask again")
        plain = canonical.read(reply.open(binding("answer", deployment, nonce.hex()), answer.blobs[0]))
        if not isinstance(plain, dict):
            raise Malformed("the custodian's answer is no object; check the versions of both sides")
        return plain, answer.blobs[1:]
