"""Which calibrations a log leaves standing, and the rules an auditor holds them against: entries in, pure.

The custodian and the auditors read the same entries: there is no other list that could say something else.

The rules (the numbers are in the code; those of `log.hold_rules` go before):

15. A calibration that is set is the text in its entry, by its hash. A site's own follows from *measuring*; a bare
    threshold names the person who signed for it. A site's own is of the group, cameras and extractor that were counted.
16. What is authorised or alerted to under calibrations names such as stand then, or the built-in one. Once a search
    has named some, every later one does.
17. A camera is counted once in seven days, no hour of it twice, and every *measuring* has an outcome.
"""

from collections.abc import Iterable, Mapping, Sequence

from countenance.errors import Malformed
from countenance.formats import records
from countenance.log.rules import Irregularity
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment

SET, WITHDRAWN = "set", "withdrawn"
BUDGET = 7 * 24 * MILLISECONDS_AN_HOUR
"""Milliseconds in which one camera is counted once."""

COUNTED_WITHIN = 2 * MILLISECONDS_AN_HOUR
"""Milliseconds in which a count has an outcome, while the log goes on."""

Facts = Mapping[str, str]
Standing = tuple[Calibration, ...]


def standing(entries: Iterable[Entry]) -> Standing:
    """What the entries of a log, from the first on, leave standing, the newest last. Raises Malformed."""
    now: Standing = ()
    for entry in entries:
        now = after(now, entry)
    return now


def after(now: Standing, entry: Entry) -> Standing:
    """What stands after `entry`. One that says nothing of calibrations changes nothing. Raises Malformed."""
    if entry.kind is not Kind.CALIBRATION:
        return now
    facts = dict(entry.facts)
    if facts.get("change") == WITHDRAWN:
        return tuple(one for one in now if records.digest(one).hex() != facts.get("calibration"))
    new = records.read(Calibration, facts.get("text", "").encode())
    return (*(one for one in now if _place(one) != _place(new)), new)


def check(entries: Sequence[Entry]) -> tuple[Irregularity, ...]:
    """What breaks rules 15 to 17."""
    reader = _Reader()
    for index, entry in enumerate(entries):
        reader.read(index, entry, dict(entry.facts))
    last = max((entry.made for entry in entries if entry.kind is not Kind.OPENED), default=0)
    return reader.ended(last)


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self) -> None:
        self._found: list[Irregularity] = []
        self._now: Standing = ()
        self._counting: dict[int, Moment] = {}
        self._of: dict[int, Facts] = {}
        self._named = False
        self._counted: dict[str, list[tuple[Moment, int, int]]] = {}

    def read(self, index: int, entry: Entry, facts: Facts) -> None:
        if entry.kind in (Kind.MEASURED, Kind.CALIBRATION):
            known = self._counting.pop(entry.of, None) is not None
            if not known and (entry.kind is Kind.MEASURED or facts.get("source") == Source.SITE.value):
                self._say(index, "is the outcome of a count that was not begun")  # (15)
        if entry.kind is Kind.CALIBRATION:
            self._set(index, entry, facts, self._of.get(entry.of, {}))
        elif entry.kind is Kind.MEASURING:
            self._of[index] = facts
            self._measuring(index, entry, facts)
        elif entry.kind in (Kind.AUTHORISED, Kind.ALERTED, Kind.IDENTIFIED):
            self._used(index, facts)
            if entry.kind is Kind.AUTHORISED and facts.get("act") == "search":
                if self._named and not facts.get("calibration"):
                    self._say(index, "is a search that names no calibration")  # (16)
                self._named = self._named or bool(facts.get("calibration"))

    def ended(self, last: Moment) -> tuple[Irregularity, ...]:
        for index, made in self._counting.items():
            if last - made > COUNTED_WITHIN:
                self._say(index, "counts strangers and has no outcome, though the log went on")  # (17)
        return tuple(self._found)

    def _say(self, index: int, what: str) -> None:
        self._found.append(Irregularity(index, what))

    def _set(self, index: int, entry: Entry, facts: Facts, begun: Facts) -> None:
        try:
            self._now = after(self._now, entry)
        except Malformed:
            self._say(index, "sets a calibration that cannot be read")
            return
        if facts.get("change") == WITHDRAWN:
            return
        new = self._now[-1]
        if (facts.get("calibration"), facts.get("source")) != (records.digest(new).hex(), new.source.value):
            self._say(index, "sets another calibration than the one it names")
        counted = begun.get("group"), begun.get("cameras"), begun.get("extractor")
        if new.source is Source.SITE and begun and counted != (new.group, " ".join(new.cameras), new.extractor.hex()):
            self._say(index, "is of another group, camera or extractor than was counted")
        if new.source is Source.SIGNED and not facts.get("person"):
            self._say(index, "is a bare threshold that nobody signed for")

    def _used(self, index: int, facts: Facts) -> None:  # (16)
        stand = {records.digest(one).hex() for one in self._now}
        hashes, sources = facts.get("calibration", "").split(), facts.get("calibrated", "").split()
        built_in = {hashed for hashed, source in zip(hashes, sources, strict=False) if source == Source.BUILT_IN.value}
        if set(hashes) - stand - built_in:
            self._say(index, "is under a calibration that does not stand")

    def _measuring(self, index: int, entry: Entry, facts: Facts) -> None:  # (17)
        self._counting[index] = entry.made
        first, last = (int(facts[name]) if facts.get(name, "").isdecimal() else -1 for name in ("first", "last"))
        for camera in facts.get("cameras", "").split():
            before = self._counted.setdefault(camera, [])
            if any(entry.made < made + BUDGET or (first <= end and begun <= last) for made, begun, end in before):
                self._say(index, "counts a camera again within seven days, or an hour of it twice")
            before.append((entry.made, first, last))


def _place(calibration: Calibration) -> tuple[bytes, str, bool]:
    return calibration.extractor, calibration.group, calibration.source is Source.SIGNED
