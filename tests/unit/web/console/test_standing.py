"""How a camera stands is its edge's newest word; who says nothing is silent, and known for nothing else."""

from dataclasses import replace

import pytest

from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.live import Beat, SourceState
from countenance.vocabulary.sightings import Counters
from countenance.web.console import assurance
from countenance.web.console.standing import SILENT_AFTER, Stands, standing

NOW = 1_700_000_000_000
BEAT = Beat(
    edge="host-1",
    camera="hall",
    made=NOW - 300,
    source=SourceState.PLAYING,
    newest=NOW,
    width=640,
    height=360,
    rate=25_000,
    hour=1,
    counters=Counters(),
    people=0,
    sightings=0,
    waiting=0,
    refused=0,
    free_mb=1,
    lease_until=NOW + 60_000,
    extracts=False,
    lost=0,
)


@pytest.mark.parametrize(
    ("changed", "stands"),
    [
        ({}, Stands.RECORDS),
        ({"lease_until": 0}, Stands.NO_LEASE),
        ({"lease_until": NOW}, Stands.NO_LEASE),
        ({"source": SourceState.WAITING}, Stands.WAITS),
        ({"source": SourceState.ENDED}, Stands.ENDED),
    ],
    ids=str,
)
def test_a_camera_that_is_spoken_for(changed: dict, stands: Stands) -> None:
    told = standing(replace(BEAT, **changed), NOW - 100, NOW)
    assert (told.stands, told.ago, told.behind) == (stands, 100, 200)


def test_a_camera_that_nobody_speaks_for_any_more() -> None:
    assert standing(BEAT, NOW - SILENT_AFTER, NOW).stands is Stands.RECORDS
    assert standing(BEAT, NOW - SILENT_AFTER - 1, NOW).stands is Stands.SILENT


def test_the_level_is_the_custodians_word_or_what_was_founded() -> None:
    founded = Assurance.SEPARATED
    told = {"state": "open", "assurance": "witnessed", "witnessed_by": ["a", "b"]}
    assert assurance.stands(told, founded) == (Assurance.WITNESSED, ["a", "b"], True)
    for away in ({"state": "locked", "assurance": "separated"}, {"state": "unavailable"}, None):
        assert assurance.stands(away, founded) == (founded, [], False)  # type: ignore[arg-type]
