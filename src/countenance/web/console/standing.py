"""Standing: how each camera stands, by the newest word that its edge has said of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.live import Beat, SourceState
from countenance.vocabulary.moments import Moment
from countenance.web.console.house import Console

SILENT_AFTER: Final = 10_000
"""Milliseconds without a word after which nobody knows; an edge says one a second."""


class Stands(StrEnum):
    """In one word; its sentence is in the words of the pages."""

    RECORDS = "records"
    NO_LEASE = "no_lease"
    WAITS = "waits"
    ENDED = "ended"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One camera. All in milliseconds: `ago`: since the edge's last word; `behind`: its clock after the repository's.

    `lease`: for how long it may still record.
    """

    stands: Stands
    beat: Beat
    ago: int
    behind: int
    lease: int


def standing(beat: Beat, arrived: Moment, now: Moment) -> Standing:
    """How the camera of `beat` stands at `now`."""
    return Standing(
        _stands(beat, now - arrived, now),
        beat,
        max(0, now - arrived),
        arrived - beat.made,
        max(0, beat.lease_until - now),
    )


def standings(console: Console) -> dict[str, Standing]:
    """Every camera that an edge has spoken for since the repository was started, by name."""
    told = console.call("live.beats", {}, ()).body
    now, listed = told.get("now"), told.get("beats")
    if not isinstance(now, int) or not isinstance(listed, list):
        return {}
    found = (_read(one, now) for one in listed)
    return {one.beat.camera: one for one in found if one is not None}


def _read(one: Json, now: Moment) -> Standing | None:
    if not isinstance(one, dict) or not isinstance(one.get("arrived"), int):
        return None
    return standing(records.read(Beat, canonical.write(one["beat"])), int(str(one["arrived"])), now)


def _stands(beat: Beat, ago: int, now: Moment) -> Stands:
    if ago > SILENT_AFTER:
        return Stands.SILENT
    if beat.source is SourceState.WAITING:
        return Stands.WAITS
    if beat.source is SourceState.ENDED:
        return Stands.ENDED
    return Stands.RECORDS if beat.lease_until > now else Stands.NO_LEASE
