"""Waves: a survey's folder, and opening and closing one time of asking.

`wave-N/` holds `wave.json`, the questionnaire as it was opened (`instrument.yaml`), a file a day and way under
`answers/`, and `spent`, hashes of tokens of earlier days; `spent-DAY` those that browsers drew. Invariants:

* One wave is open at a time, and no more are opened than the questionnaire's epsilon was split over.
* A wave is answered to the very file it was opened with; a later wave keeps what epsilon was promised and split by.
* A closed wave takes no answer again, and its spent tokens are gone: no key of it signs any more.
"""

import calendar
import datetime
import hashlib
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from countenance.durable import files, lock
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.survey import counting, instrument, responses
from countenance.survey.counting import Counted
from countenance.vocabulary.survey import Admission, Instrument, Wave, Way

RECORD: Final = "wave.json"
QUESTIONS: Final = "instrument.yaml"
ANSWERS: Final = "answers"
SPENT: Final = "spent"
LOCK: Final = "opening.lock"
COLLECTING: Final = "collecting.lock"
_FOLDER = re.compile(r"wave-([1-9][0-9]?)")
_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_PART = ".*.part"
_FILE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.(web|paper|kiosk)")


@dataclass(frozen=True, slots=True)
class Opened:
    """A wave, its questionnaire and its folder."""

    wave: Wave
    instrument: Instrument
    folder: Path

    @property
    def answers(self) -> tuple[tuple[Way, Path], ...]:
        """Every file of answers, by its way, in order of days. Raises Tampered for a file that is none."""
        found: list[tuple[Way, Path]] = []
        for path in sorted((self.folder / ANSWERS).iterdir()):
            named = _FILE.fullmatch(path.name)
            if path.name.startswith("."):
                continue
            if named is None:
                raise Tampered(f"{path.name[:40]} lies among a wave's answers and is none: take it away")
            found.append((Way(named[2]), path))
        return tuple(found)


def all_of(folder: Path) -> tuple[Opened, ...]:
    """Every wave in a survey's folder, first to last. Raises Tampered for one whose files do not belong together."""
    numbers = sorted(int(named[1]) for path in folder.glob("wave-*") if (named := _FOLDER.fullmatch(path.name)))
    return tuple(read(folder / f"wave-{number}") for number in numbers if (folder / f"wave-{number}" / RECORD).exists())


def current(folder: Path) -> Opened:
    """The wave that is open. Raises Refused if none is."""
    found = [one for one in all_of(folder) if not one.wave.closed]
    if not found:
        raise Refused(f"no wave of '{folder.name}' is open: 'survey open' opens one")
    return found[0]


def to_close(folder: Path) -> Opened:
    """The wave that is open, or the last one if it was closed by a process that was killed before all was gone.

    Raises Refused if there is neither.
    """
    found = all_of(folder)
    last = found[-1] if found else None
    return last if last is not None and last.wave.closed and _left(last) else current(folder)


def begin(folder: Path, source: bytes, *, day: str, issuer: bytes, issuing: str = "", program: bytes = b"") -> Opened:
    """Open the next wave with a questionnaire's file; `issuer`: the public key that its tokens verify with, or none.

    `issuing` and `program` as in `Wave`.

    Raises Refused while another wave is open, for one wave too many, and for one that promises another epsilon.
    """
    asked = instrument.read(source)
    may_begin(folder, asked)
    if bool(issuer) != (asked.admission is Admission.INVITED):
        raise Malformed("a survey with invitations needs an issuer's key, and one that is open to all has none")
    files.make_directory(folder)
    # Two who open at once would share a number, and one issuer would sign for nothing.
    with lock.hold(folder / LOCK):
        before = may_begin(folder, asked)
        for one in before:
            # Who was killed while closing it may not have known.
            if _left(one):
                forget(one)
        number = len(before) + 1
        place = folder / f"wave-{number}"
        wave = Wave(asked.survey, number, asked.digest, day, "", issuer, issuing, program)
        files.make_directory(place / ANSWERS)
        files.write(place / QUESTIONS, source)
        # Whoever made it with the first answer would leave that answer's time on the folder.
        files.write(place / COLLECTING, b"")
        # The record comes last: a wave without it was never opened.
        files.write(place / RECORD, records.write(wave))
    return Opened(wave, asked, place)


def may_begin(folder: Path, asked: Instrument) -> tuple[Opened, ...]:
    """The waves before the next one, which may be opened with this questionnaire. Raises as `begin`."""
    before = all_of(folder)
    if folder.name != asked.survey:
        raise Malformed(f"this questionnaire is of survey '{asked.survey}', and belongs into a folder of that name")
    if any(not one.wave.closed for one in before):
        raise Refused("a wave of this survey is open: close it first, two at once would ask people twice")
    if len(before) >= asked.waves:
        raise Refused(
            f"epsilon is split over {asked.waves} waves and all were asked; another survey makes a promise of its own"
        )
    for one in before:
        if _promise(one.instrument) != _promise(asked):
            raise Refused(
                "epsilon, privacy, waves or reported differ from an earlier wave: what people were promised stays, "
                "change the questions alone"
            )
    return before


def end(opened: Opened, day: str) -> Opened:
    """Close a wave for good; the hashes of its spent tokens are destroyed."""
    wave = replace(opened.wave, closed=day)
    files.write(opened.folder / RECORD, records.write(wave))
    forget(opened)
    return replace(opened, wave=wave)


def forget(opened: Opened) -> None:
    """Destroy what is kept of a closed wave's tokens; repeated after a crash, by whoever closes it again."""
    width = 1 + len(opened.instrument.items)
    sweep(opened.folder)
    for _, path in opened.answers:
        header, rows, tokens = responses.whole(path, width)
        if tokens:
            files.write(path, responses.written(replace(header, spent=0), rows, b""))
            dated(path.name[:10], path, path.parent)
    for kept in spent(opened.folder):
        files.destroy(kept)


def sweep(folder: Path) -> None:
    """Destroy what a process that was killed left half written: answers and hashes, with the time that it was at.

    For who holds the lock of collecting: others' files are half written for a moment, too.
    """
    for part in _parts(folder):
        files.destroy(part)


def spent(folder: Path) -> Sequence[Path]:
    """A wave's files of hashes that are good for no second time, those of days' own files aside."""
    return sorted([*folder.glob(SPENT), *folder.glob(f"{SPENT}-{_DAY}")])


def dated(day: str, *places: Path) -> None:
    """Give files and folders the beginning of a day as their times of modification and of access."""
    start = calendar.timegm(time.strptime(day, "%Y-%m-%d"))
    for one in places:
        os.utime(one, (start, start))


def counted(opened: Opened) -> dict[Way, Counted]:
    """All answers of a wave, counted by the way they came, a block at a time. Raises Refused if there are none."""
    found: dict[Way, Counted] = {}
    for way, path in opened.answers:
        here = counting.count(opened.instrument, responses.blocks(path, opened.instrument))
        found[way] = found[way] + here if way in found else here
    if not sum(int(one.people.sum()) for one in found.values()):
        raise Refused(f"nobody has answered wave {opened.wave.number} yet: there is nothing to report")
    return found


def today() -> str:
    """Today's ISO 8601 date in UTC, by this machine's clock."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def days(opened: Opened) -> Sequence[str]:
    """The days with answers."""
    return sorted({path.name[:10] for _, path in opened.answers})


def _left(opened: Opened) -> bool:
    """Whether anything is kept of a wave's tokens."""
    width = 1 + len(opened.instrument.items)
    files_of = (*spent(opened.folder), *_parts(opened.folder))
    return bool(files_of) or any(responses.hashes(path, width) for _, path in opened.answers)


def _parts(folder: Path) -> Sequence[Path]:
    return [*folder.glob(_PART), *(folder / ANSWERS).glob(_PART)]


@cache
def _instrument(source: bytes) -> Instrument:
    return instrument.kept(source)


def _promise(asked: Instrument) -> tuple[object, ...]:
    return asked.privacy, asked.epsilon, asked.waves, asked.reported


def read(place: Path) -> Opened:
    """A wave's folder. Raises Tampered if its files do not belong together, Unavailable."""
    try:
        wave = records.read(Wave, (place / RECORD).read_bytes())
        source = (place / QUESTIONS).read_bytes()
    except OSError as error:
        raise Unavailable(f"{place.name} cannot be read ({error.strerror}); ask its owner") from error
    except Malformed as error:
        raise Tampered(f"{place.name}/{RECORD} is not a wave's record: restore it from a copy") from error
    if hashlib.sha256(source).digest() != wave.instrument:
        raise Tampered(
            f"{place.name}/{QUESTIONS} was changed after the wave was opened: put the file back as it was; a changed "
            "questionnaire is another wave"
        )
    return Opened(wave, _instrument(source), place)
