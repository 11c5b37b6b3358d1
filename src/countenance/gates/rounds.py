"""Rounds: from which kiosks all was heard that they know, and how lately, told by this kiosk's own clock alone.

Every letter of a kiosk has a round, 16 random bytes, and repeats the newest round that it read from each of the others.
A letter that repeats a round of ours was written after we sent it. So whoever carries letters can hold them back, mix
them up or bring old ones again, and makes nothing look later than it is; nor need the kiosks' clocks agree.
"""

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from countenance.vocabulary.moments import Moment

SYNC: Final = 10_000
"""Milliseconds without all of another kiosk's news after which one is alone."""

ROUND: Final = 16


@dataclass(frozen=True, slots=True)
class Heard:
    """What a kiosk has of `kiosk`: its news up to number `following`, not included, and its newest `round`."""

    kiosk: str
    following: int
    round: bytes


class Rounds:
    """One kiosk's, of one flight; kept by nobody: a start begins anew. Not for two threads at once."""

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random = random
        self._sent: dict[bytes, Moment] = {}
        self._heard: dict[str, Heard] = {}
        self._knows: dict[str, int] = {}
        self._spoke: dict[str, Moment] = {}
        self._whole: dict[str, Moment] = {}

    def begin(self, moment: Moment) -> bytes:
        """The round of a letter that is written now."""
        self._sent = {one: sent for one, sent in self._sent.items() if 0 <= moment - sent <= SYNC}
        # What is later than now is of before the clock was set back.
        for lately in (self._spoke, self._whole):
            for name in [name for name, sent in lately.items() if sent > moment]:
                del lately[name]
        this = self._random(ROUND)
        self._sent[this] = moment
        return this

    def heard(self) -> tuple[Heard, ...]:
        """What this kiosk has of the others."""
        return tuple(self._heard[name] for name in sorted(self._heard))

    def following(self, kiosk: str) -> int:
        """The number of the news that is not heard yet from `kiosk`."""
        return self._heard[kiosk].following if kiosk in self._heard else 0

    def hear(self, heard: Heard, back: Heard | None, *, whole: bool) -> None:
        """A letter was read. `heard`: what we have of its kiosk; `back`: what it has of us; `whole`: we have all.

        A `back` that repeats no round of the last SYNC is old, or of before a start: nothing follows from it.
        """
        self._heard[heard.kiosk] = heard
        sent = self._sent.get(back.round) if back else None
        if back is None or sent is None:
            return
        self._knows[heard.kiosk] = back.following
        self._spoke[heard.kiosk] = max(sent, self._spoke.get(heard.kiosk, sent))
        if whole:
            self._whole[heard.kiosk] = max(sent, self._whole.get(heard.kiosk, sent))

    def unknown(self, others: Collection[str], moment: Moment) -> int:
        """The number of our news from which on one of `others` that listens lately lacks some."""
        listening = [name for name in others if _lately(self._spoke, name, moment)]
        return min((self._knows[name] for name in listening), default=0)

    def alone(self, others: Collection[str], moment: Moment) -> bool:
        """Whether there is one of `others` of whom not all is known that it knew SYNC ago."""
        return not all(_lately(self._whole, name, moment) for name in others)


def _lately(when: Mapping[str, Moment], name: str, moment: Moment) -> bool:
    return 0 <= moment - when.get(name, -SYNC - 1) <= SYNC
