"""What an auditor finds of calibrations: nothing in an honest log, each forgery by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.formats import records
from countenance.log import calibrations
from countenance.log.calibrations import BUDGET, COUNTED_WITHIN
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.entries import Entry, Kind
from countenance.warrants.built_in import BUILT_IN
from simulator.counted import counted

HALL = counted(group="hall", cameras=("hall-east",))
SITE = replace(HALL, source=Source.SITE)


class Log:
    """Entries, one after the other."""

    def __init__(self) -> None:
        self.entries: list[Entry] = [Entry(Kind.GENESIS, 0, -1, ())]
        self.now = 1000

    def add(self, kind: Kind, of: int = -1, /, **facts: str) -> int:
        self.now += 1000
        self.entries.append(Entry(kind, self.now, of, tuple(sorted(facts.items()))))
        return len(self.entries) - 1

    def put(self, one: Calibration, of: int = -1, /, **changed: str) -> int:
        facts = {"change": "set", "calibration": hashed(one), "source": one.source.value}
        return self.add(Kind.CALIBRATION, of, **{**facts, "text": records.write(one).decode(), **changed})

    def search(self, *of: Calibration) -> int:
        named = {"calibration": " ".join(map(hashed, of)), "calibrated": " ".join(one.source.value for one in of)}
        return self.add(Kind.AUTHORISED, act="search", **named)

    def count(self, first: int = 5, last: int = 9, cameras: str = "hall-east") -> int:
        span = {"first": str(first), "last": str(last)}
        return self.add(Kind.MEASURING, cameras=cameras, group="hall", extractor=SITE.extractor.hex(), **span)

    def found(self) -> list[str]:
        return [one.what for one in calibrations.check(self.entries)]


def hashed(one: Calibration) -> str:
    return records.digest(one).hex()


def test_an_honest_log_breaks_nothing_and_leaves_what_stands() -> None:
    log = Log()
    log.add(Kind.AUTHORISED, act="search")  # from before searches named any
    log.search(BUILT_IN)
    log.put(counted())
    log.put(HALL)
    log.search(counted(), HALL)
    log.put(SITE, log.count())
    assert calibrations.standing(log.entries) == (counted(), SITE), "of one group the newer takes the older's place"
    log.search(SITE)
    log.add(Kind.CALIBRATION, change="withdrawn", calibration=hashed(SITE))
    assert calibrations.standing(log.entries) == (counted(),)
    log.now += BUDGET
    log.add(Kind.MEASURED, log.count(10, 12), outcome="unknown")
    bare = replace(counted(), source=Source.SIGNED)
    log.put(bare, person="operator-1")
    assert calibrations.standing(log.entries) == (counted(), bare), "a bare word displaces no figures"
    log.now += BUDGET
    log.count(20, 21)
    assert log.found() == []


FORGERIES: list[tuple[Callable[[Log], object], str]] = [
    (lambda log: log.put(HALL, calibration="00" * 32), "another calibration"),
    (lambda log: log.put(HALL, source="site"), "not begun"),
    (lambda log: log.put(HALL, text="{}"), "cannot be read"),
    (lambda log: log.put(replace(HALL, source=Source.SIGNED)), "nobody signed"),
    (lambda log: log.put(SITE), "not begun"),
    (lambda log: log.put(SITE, log.count(cameras="hall-west")), "than was counted"),
    (lambda log: log.put(replace(SITE, group="", cameras=()), log.count()), "than was counted"),
    (lambda log: log.put(replace(SITE, extractor=bytes(32)), log.count()), "than was counted"),
    (lambda log: (log.search(BUILT_IN), log.add(Kind.AUTHORISED, act="search")), "names no calibration"),
    (lambda log: log.add(Kind.MEASURED, outcome="unknown"), "not begun"),
    (lambda log: log.search(HALL), "does not stand"),
    (lambda log: (log.put(HALL), log.put(SITE, log.count()), log.search(HALL)), "does not stand"),
    (lambda log: log.add(Kind.ALERTED, calibration="00" * 32, calibrated="site"), "does not stand"),
    (lambda log: (log.count(), log.count(20, 21)), "within seven days"),
    (lambda log: (log.count(), setattr(log, "now", log.now + BUDGET), log.count(9, 10)), "an hour of it twice"),
    (lambda log: (log.count(), setattr(log, "now", log.now + COUNTED_WITHIN), log.search(BUILT_IN)), "no outcome"),
]


@pytest.mark.parametrize(("forge", "what"), FORGERIES, ids=[str(number) for number in range(len(FORGERIES))])
def test_each_forgery_is_found(forge: Callable[[Log], object], what: str) -> None:
    log = Log()
    forge(log)
    assert any(what in said for said in log.found()), log.found()
