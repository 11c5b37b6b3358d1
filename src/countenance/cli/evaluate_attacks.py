"""`countenance evaluate attacks FOLDER`: how many attacks pass, by species, and how many people do not.

The folder holds one sub-folder a species of attack instrument (`print`, `screen-replay`, …) and `bona-fide`; in each,
pictures or short videos, one a presentation. With `--card` a PAD model judges; without, the challenge-response does.
Beside a video, `NAME.challenge.json` may hold the challenge that was asked while it was recorded.
"""

import io
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from countenance import faces
from countenance.cli.say import AsJson, answer, undeployed
from countenance.errors import CountenanceError, Malformed
from countenance.evaluation import attacks as counting
from countenance.evaluation import words
from countenance.faces import pad, pad_card, presenting
from countenance.faces.liveness import drawn
from countenance.formats import records
from countenance.vocabulary.liveness import Challenge, Outcome

BY_CHALLENGE = "challenge-response"
SIDECAR = ".challenge.json"


@undeployed
def attacks(
    folder: Annotated[Path, typer.Argument(help="a sub-folder a species of attack, and bona-fide", metavar="FOLDER")],
    card: Annotated[Path | None, typer.Option(help="model card (TOML) of a PAD model, which then judges")] = None,
    challenges: Annotated[int, typer.Option(min=1, max=1000, help="challenges that each video is played to")] = 20,
    as_json: AsJson = False,
) -> None:
    """Count attacks that pass and people who do not (ISO/IEC 30107-3): by species, with bounds."""
    found = _files(folder)
    judge = pad.Pad(pad_card.read(card)) if card else None
    engine, unread, presented = faces.Engine(), [], []
    for species, path in track(found, "presenting", console=Console(stderr=True), transient=True, disable=as_json):
        try:
            outcomes = (
                [presenting.by_pad(engine, judge, path).outcome]
                if judge
                else _challenged(engine, path, challenges, own=species == counting.BONA_FIDE)
            )
        except CountenanceError as error:
            # The file's own fault: it was no presentation. It is told, not counted.
            unread.append(f"{species}/{path.name}: {error}")
            continue
        presented.append((species, outcomes))
    report = counting.counted(judge.card.name if judge else BY_CHALLENGE, presented)
    answer({**counting.plain(report), "unread": unread}, _text(report, unread), as_json=as_json)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Every file to present, with its species. Raises Malformed if there is no attack among them."""
    try:
        species = sorted(it for it in folder.iterdir() if it.is_dir() and not it.name.startswith("."))
        found = [
            (it.name, path)
            for it in species
            for path in sorted(it.iterdir())
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(SIDECAR)
        ]
    except OSError as error:
        raise Malformed(f"'{folder}' cannot be read: give a folder with a sub-folder a species of attack") from error
    if all(name == counting.BONA_FIDE for name, _ in found):
        raise Malformed("there is no attack to present: make a sub-folder a species (print, screen, …), with pictures")
    return found


def _challenged(engine: faces.Engine, path: Path, challenges: int, *, own: bool) -> list[Outcome]:
    seen = presenting.observations(engine, path)
    beside = path.with_suffix(SIDECAR)
    if beside.is_file():
        asked = records.read(Challenge, beside.read_bytes())
        return [presenting.by_challenge(seen, asked, answering=True)]
    if own:
        # Nobody asked this person anything: that is no answer, and no refusal.
        return [Outcome.NO_RESPONSE]
    trials = challenges if len(seen) > 1 else 1
    return [presenting.by_challenge(seen, drawn("evaluation", 0, secrets.randbelow)) for _ in range(trials)]


def _text(report: counting.Report, unread: list[str]) -> str:
    table = Table("presented", "files", "no response", "taken for a living face", "taken for an attack")
    for it in report.species:
        table.add_row(it.name, str(it.presentations), words.percent(it.silent), words.percent(it.wrong), "")
    people = report.bona_fide
    row = (words.percent(people.silent), "", words.percent(people.wrong))
    table.add_row(people.name, str(people.presentations), *row)
    paper = io.StringIO()
    Console(file=paper, width=110, markup=False, emoji=False).print(table)
    said = [f"By {report.by}.", *counting.sentences(report), *(f"not counted: {reason}" for reason in unread)]
    return paper.getvalue() + "\n".join(said)
