"""Which edges there are: their public keys, told by the custodian and kept for the hours in which it is locked.

The repository checks signatures so that strangers cannot fill its disk. It is not trusted with the answer: the
custodian checks every signature again.
"""

import threading
from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import delete, insert, select

from countenance.crypto import verify
from countenance.errors import Refused, Tampered, Unavailable
from countenance.vocabulary.requests import Signed
from countenance.zones.repository import schema
from countenance.zones.repository.custodian import Custodian
from countenance.zones.repository.database import Database

T = TypeVar("T")


class EdgeKeys:
    """Names and Ed25519 keys (32 bytes) of the enrolled edges."""

    def __init__(self, database: Database, custodian: Custodian) -> None:
        self._database = database
        self._custodian = custodian
        self._guard = threading.Lock()
        with database.reading() as connection:
            rows = connection.execute(select(schema.edges.c.edge, schema.edges.c.key))
            self._known: Mapping[str, bytes] = {edge: bytes(key) for edge, key in rows}

    def opened(self, kind: type[T], signed: Signed) -> T:
        """The record that an enrolled edge signed. Asks the custodian again where the key known does not fit.

        Raises Refused for an edge that is not enrolled, Tampered for a signature that is not its, Unavailable if the
        edge is unknown and the custodian is locked.
        """
        key = self._known.get(signed.signer)
        if key is not None:
            try:
                return verify.opened(kind, signed, key)
            except Tampered:
                if not self._renewed(signed.signer, key):
                    raise
        else:
            self.refresh()
        fresh = self._known.get(signed.signer)
        if fresh is None:
            raise Refused("this edge is not enrolled: enrol it at the custodian's terminal (countenance edge enrol)")
        return verify.opened(kind, signed, fresh)

    def refresh(self) -> None:
        """Replace what is known by what the custodian says now. Raises Unavailable while it is locked."""
        told = self._custodian.call("edges", {}).body.get("edges")
        if not isinstance(told, Mapping):
            raise Unavailable("the custodian's list of edges cannot be read: run the same version on both sides")
        known = {edge: bytes.fromhex(str(key)) for edge, key in told.items()}
        with self._guard:
            if known == self._known:
                return
            with self._database.writing() as connection:
                connection.execute(delete(schema.edges))
                for edge, key in known.items():
                    connection.execute(insert(schema.edges).values(edge=edge, key=key))
            self._known = known

    def _renewed(self, edge: str, key: bytes) -> bool:
        try:
            self.refresh()
        except Unavailable:
            return False
        return self._known.get(edge) != key
