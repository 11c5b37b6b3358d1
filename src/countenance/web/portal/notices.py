"""Notices: what everybody may know of each camera, and whether the custodian confirms it.

The repository lists the declarations; nobody there can alter one unseen, since the custodian says the digest of each,
sealed to this process. Where it says nothing now the notice is shown all the same, and says so: people are owed it at
every hour (GDPR Art. 13).
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from countenance.errors import CountenanceError
from countenance.formats import records
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.notices import Confirmation, Confirmed, NoticesAsked
from countenance.web.kit.mapped import mapped
from countenance.web.kit.maps import Map, Spot
from countenance.web.portal.house import NONCE, Portal

KEPT: Final = 30_000
"""Milliseconds that the custodian's word is used again while the list is the same: pages are asked for by anybody."""


class Word(StrEnum):
    """What the custodian says of a notice: it is what was declared, it is something else, or it does not answer now."""

    CONFIRMED = "confirmed"
    ANOTHER = "another"
    UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Notice:
    """One camera. `spot`: None if nobody drew it; `confirmed`: the custodian's, if `word` is CONFIRMED."""

    camera: Camera
    word: Word
    confirmed: Confirmed | None
    spot: Spot | None


@dataclass(frozen=True, slots=True)
class Board:
    """All notices, by name. `missing`: cameras that stand declared and have no notice here, though they ought to."""

    notices: tuple[Notice, ...]
    missing: tuple[str, ...]
    drawn: Map

    def notice(self, name: str) -> Notice | None:
        """The one of this camera, if there is one."""
        return next((one for one in self.notices if one.camera.name == name), None)


class Notices:
    """The notices of one portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._lock = threading.Lock()
        self._heard: tuple[Moment, Mapping[str, bytes], Mapping[str, Confirmed]] | None = None

    def board(self) -> Board:
        """What stands now. Raises Unavailable where the repository does not answer, Malformed."""
        cameras = self._portal.cameras()
        drawn = mapped(self._portal.call, {one.name: one.place for one in cameras})
        spots = {mark.spot.name: mark.spot for mark in drawn.marks}
        digests = {one.name: records.digest(one) for one in cameras}
        heard = self._confirmed(digests)
        found = []
        for one in cameras:
            said = None if heard is None else heard.get(one.name)
            word = Word.UNHEARD if heard is None else Word.ANOTHER
            if said is not None and said.digest == digests[one.name]:
                word = Word.CONFIRMED
            found.append(Notice(one, word, said if word is Word.CONFIRMED else None, spots.get(one.name)))
        return Board(tuple(found), tuple(sorted(set(heard or ()) - set(digests))), drawn)

    def _confirmed(self, digests: Mapping[str, bytes]) -> Mapping[str, Confirmed] | None:
        portal, now = self._portal, self._portal.clock()
        with self._lock:
            heard = self._heard
        if heard is not None and heard[1] == digests and 0 <= now - heard[0] < KEPT:
            return heard[2]
        asked = NoticesAsked(portal.genesis.deployment, now, portal.random(NONCE), portal.own.public)
        try:
            said = portal.told(asked, Confirmation)
        except CountenanceError:
            return None
        found = {one.camera: one for one in said.cameras}
        with self._lock:
            self._heard = (now, digests, found)
        return found
