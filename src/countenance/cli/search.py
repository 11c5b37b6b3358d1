"""`countenance search WARRANT`: candidates, and what could not be searched. A candidate is not a hit."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.formats import canonical, records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.calibration import UNKNOWN
from countenance.vocabulary.warrants import Answer


def search(
    warrant: Annotated[str, typer.Argument(help="a warrant of yours, or a request at a desk, that enough signed")],
    key: KeyFile,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Search under a signed warrant. Spends a use, and is in the log, even when it finds nobody."""
    with ask.acting(deployment, key) as person:
        named = ask.standing(person, warrant)
        done = person.asker.ask(Verb.SEARCH, named, warrant=warrant, number=named.number, relay="search")
    found = records.read(Answer, canonical.write(done))
    answer(done, _in_words(found), as_json=as_json)


def _in_words(found: Answer) -> str:
    lines = [
        f"{len(found.candidates)} candidates among {found.rows} sightings in {found.partitions} camera hours "
        f"(threshold {found.threshold / 1000:.3f}, entry {found.entry})",
        *(f"  {candidate}" for candidate in found.candidates if candidate),
    ]
    if found.more_than_limit:
        lines.append("There were more than the warrant allows; these are the closest.")
    lines += [f"incomplete: {sentence}" for sentence in found.incomplete]
    lines += [f"not recorded: {sentence}" for sentence in found.not_recorded]
    lines += [f"not searched: {sentence}" for sentence in found.not_searched]
    without = "no template of the probe's extractor"
    lines += [f"not compared, {without}: {sighting or 'a sighting'}" for sighting in found.not_compared]
    missed = f"about {found.missed} are missed" if found.missed != UNKNOWN else "nobody counted how many are missed"
    lines.append(
        f"Of 1,000 such searches at most {found.expected_false} would bring a stranger; of 1,000 persons who are there "
        f"{missed}. That is what calibration {', '.join(one.hex()[:12] for one in found.calibrations)} says: "
        "'countenance calibration list'."
    )
    if found.candidates:
        lines.append("A candidate is a sighting to look at, not a person found: two reviewers decide, each alone.")
    return "\n".join(lines)
