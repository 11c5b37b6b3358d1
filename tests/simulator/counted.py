"""A calibration of the made-up extractor of these tests, set as an operator sets one."""

from dataclasses import replace

from countenance.formats import records
from countenance.vocabulary.calibration import Calibration, Source
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian import calibrating
from countenance.zones.custodian.opened import Opened
from simulator.people import EXTRACTOR


def counted(**changed: object) -> Calibration:
    """The figures of the built-in one, said of the extractor of these tests."""
    made = replace(BUILT_IN, extractor=EXTRACTOR, source=Source.EVALUATION, told="made up for a test")
    return replace(made, **changed)


def calibrated(opened: Opened, **changed: object) -> int:
    """Set it; the entry."""
    return calibrating.set_file(opened, records.write(counted(**changed)).decode())
