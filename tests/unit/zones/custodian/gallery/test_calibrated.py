"""A standing gallery and the calibrations at its custodian: by how many passers-by one may alert wrongly."""

from dataclasses import replace

import pytest

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import BareThreshold, Extent, Verb
from countenance.vocabulary.calibration import Point
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope
from countenance.zones.custodian import calibrating
from countenance.zones.custodian.gallery.standing import Live
from simulator.counted import calibrated
from simulator.gallery import EXTRACTOR, GALLERY, Watched, camera
from simulator.people import HOUR, unit

STRICT = (Point(600, 0, 10**6, 3_000, 90),)


def live(watched: Watched) -> Live | None:
    watched.custodian.galleries.look()
    return watched.custodian.galleries.now().get(GALLERY)


def test_the_threshold_follows_the_calibration_that_stands_also_while_it_stands(watched: Watched) -> None:
    watched.stand(unit(7))
    before = live(watched)
    assert before is not None
    assert before.permission.threshold == 500
    with watched.custodian.acting() as opened:
        calibrated(opened, group="hall", cameras=("hall",), points=STRICT)
    after = live(watched)
    assert after is not None
    assert after.permission.threshold == 600
    assert after.least > before.least
    with watched.custodian.acting() as opened:
        said = [dict(one.facts) for one in opened.sequencer.entries() if one.kind is Kind.AUTHORISED][-1]
        assert said["calibrated"] == "evaluation"
        for one in opened.desk.calibrations:
            calibrating.withdraw(opened, records.digest(one).hex())
    assert live(watched) is None, "without a calibration nothing is compared"


def test_more_references_than_the_calibration_reaches_are_refused(watched: Watched) -> None:
    brought = [watched.reference(unit(seed)) for seed in range(4)]
    watched.refer(*brought)
    text = watched.text(tuple(one for one, _ in brought))
    with watched.custodian.acting() as opened:
        calibrated(opened, points=(Point(430, 0, 10**6, 30_000, 20),))
    with pytest.raises(Refused, match="calibration reaches 3"):
        watched.draft(replace(text, limits=replace(text.limits, one_in=10_000)))
    watched.draft(replace(text, limits=replace(text.limits, one_in=1_000)))


def test_a_bare_threshold_needs_an_operators_word_here_too(watched: Watched) -> None:
    brought = watched.reference(unit(7))
    watched.refer(brought)
    text = watched.text((brought[0],), cameras=(camera("hall"),))
    bare = replace(text, limits=replace(text.limits, one_in=0))
    with pytest.raises(Refused, match="--one-in"):
        watched.draft(bare)
    watched.ask("operator-1", Verb.SIGN_THRESHOLD, BareThreshold(EXTRACTOR, "", (), 500, 50_000, "the maker says so"))
    watched.draft(bare)


def test_whoever_drafts_asks_what_stands(watched: Watched) -> None:
    told, _ = watched.ask("officer-1", Verb.EXTENT, Extent(EXTRACTOR, Scope(("hall",), 0, HOUR)))
    assert told["rows"] == 0
    assert isinstance(told["calibrations"], list)
    assert len(told["calibrations"]) == 1
