"""The particulars of a real-time warrant, from a TOML file, and in plain words for whoever is to sign it."""

import tomllib
from pathlib import Path

from countenance.cli import ask
from countenance.cli.say import contents
from countenance.errors import Malformed
from countenance.vocabulary.moments import Moment, written
from countenance.vocabulary.warrants import Ground, RealTime

_LARGEST = 16 * 1024
_FIELDS = ("ground", "person", "place", "from", "to", "law", "fria", "registration")


def particulars(path: Path, *, now: Moment) -> RealTime:
    """What the file says. Raises Malformed for another set of fields, Unavailable if it cannot be read."""
    data = contents(path, most=_LARGEST, what="a TOML file with the particulars of a real-time warrant")
    try:
        said = tomllib.loads(data.decode())
    except ValueError as error:
        raise Malformed(f"{path.name[:80]} is no TOML: write one field a line, name = 'text'") from error
    if set(said) != set(_FIELDS) or not all(isinstance(value, str) for value in said.values()):
        raise Malformed(f"the particulars of a real-time warrant are texts: {', '.join(_FIELDS)}")
    try:
        ground = Ground(said["ground"])
    except ValueError as error:
        listed = ", ".join(one.value for one in Ground)
        raise Malformed(f"the ground is of the closed list of AI Act Art. 5(1)(h): {listed}") from error
    return RealTime(
        ground=ground,
        person=said["person"],
        place=said["place"],
        start=ask.moment(said["from"], of=now),
        end=ask.moment(said["to"], of=now),
        law=said["law"],
        fria=said["fria"],
        registration=said["registration"],
    )


def in_words(said: RealTime | None) -> tuple[str, ...]:
    """A line for each particular; none for a warrant of another kind."""
    if said is None:
        return ()
    return (
        f"  REAL TIME   AI Act Art. {said.ground.value}, under {said.law}",
        f"  person      {said.person}",
        f"  place       {said.place}",
        f"  period      {written(said.start)} to {written(said.end)}",
        f"  assessment  {said.fria}; registered as {said.registration}",
    )
