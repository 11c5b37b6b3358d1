"""`countenance gallery flight`: a flight's gallery from its manifest, drafted for two others to sign.

The manifest is CSV with the columns `sequence`, a check-in number, and `photo`, a file beside it; a traveller with
several photos has several lines. Nothing else of a manifest is read. Whoever did not agree, or has a code, is left out.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import gallery_asks, stating
from countenance.cli.ask import KeyFile, moment, now
from countenance.cli.gallery_asks import Wish
from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Malformed, Unavailable
from countenance.formats import boarding
from countenance.formats.probes import MAXIMUM_ROWS
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.galleries import GalleryLimits, bare, reference_of
from countenance.warrants.flights import LONGEST_HOURS, MOST_NAMED
from countenance.warrants.galleries import MAXIMUM_ALERTS

_TRIES = 3
"""How often a kiosk may ask for each traveller: two who are missed, on average, for one who is not."""


def flight(
    name: Annotated[str, typer.Argument(metavar="FLIGHT", help="as AC834-226-YUL-FRA")],
    manifest: Annotated[Path, typer.Argument(help="CSV: sequence, photo; several lines for several photos")],
    *,
    kiosk: Annotated[list[str], typer.Option(help="a kiosk, enrolled with --gallery --kind gate; repeat it")],
    place: Annotated[str, typer.Option(help="where those kiosks stand")],
    basis: Annotated[str, typer.Option(help="the law that demands it: shown at the kiosk")],
    dpia: Annotated[str, typer.Option(help="reference of the impact assessment")],
    case: Annotated[str, typer.Option(help="the case or order this belongs to")],
    end: Annotated[str, typer.Option("--to", help=f"departure: then it is destroyed; at most {LONGEST_HOURS} hours")],
    key: KeyFile,
    start: Annotated[str, typer.Option("--from", help="when boarding begins")] = "+0m",
    one_in: Annotated[int, typer.Option(help="at most one stranger named in so many who ask: 10 to 10000")] = 500,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask for a flight's gallery, where a law demands one: its kiosks are told whose face they see."""
    made, listed = now(), read(manifest)
    boarding.named(name)
    ends = moment(end, of=made)
    limits = GalleryLimits(MOST_NAMED, min(MAXIMUM_ALERTS, _TRIES * len({bare(one) for one, _ in listed})), ends)
    wish = Wish(
        case,
        f"boarding of {name}",
        basis,
        tuple(kiosk),
        moment(start, of=made),
        ends,
        stating.Wished(one_in, 0),
        limits,
        flight=name,
    )
    # A kiosk is no place that anybody passes: whoever is before it has stepped into its zone.
    cameras = [
        Camera(
            name=one,
            edge=one,
            place=place,
            purpose=wish.purpose,
            legal_basis=basis,
            dpia=dpia,
            notice="at the kiosk",
            retention_hours=1,
            publicly_accessible=False,
        )
        for one in kiosk
    ]
    counted: Counter[str] = Counter()
    named = []
    for sequence, path in listed:
        named.append((reference_of(sequence, counted[bare(sequence)]), path))
        counted[bare(sequence)] += 1
    with gallery_asks.acting(deployment, key) as person:
        brought = gallery_asks.all_extracted(deployment, named)
        done, told = gallery_asks.drafted(person, wish, cameras, brought, made)
    sentence = (
        f"gallery {done['gallery']} of {name}: {len(counted)} travellers, {len(named)} photos; it needs approvals now "
        f"(entry {done['entry']})\n{told}"
    )
    answer({**done, "travellers": len(counted), "photos": len(named)}, sentence, as_json=as_json)


def read(manifest: Path) -> list[tuple[str, Path]]:
    """Check-in numbers and photos of a manifest. Raises Malformed, naming the line, or Unavailable."""
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"{manifest.name} is not UTF-8: save it as CSV, UTF-8") from error
    except OSError as error:
        raise Unavailable(f"{manifest.name} cannot be read ({error.strerror})") from error
    table = csv.DictReader(text.splitlines())
    try:
        rows = list(table)
    except csv.Error as error:
        raise Malformed(f"{manifest.name} is no CSV ({error}): save it again") from error
    if not {"sequence", "photo"} <= set(table.fieldnames or ()):
        raise Malformed(f"{manifest.name} needs the columns sequence and photo in its first line")
    found: list[tuple[str, Path]] = []
    counted: Counter[str] = Counter()
    for number, row in enumerate(rows, 2):
        sequence, photo = (row["sequence"] or "").strip(), (row["photo"] or "").strip()
        try:
            reference_of(sequence, counted[bare(sequence)])
        except ValueError as error:
            raise Malformed(f"{manifest.name}, line {number}: no check-in number, or a fifth photo of one") from error
        if not photo:
            raise Malformed(f"{manifest.name}, line {number}: a photo is missing: leave the line out, or name the file")
        counted[bare(sequence)] += 1
        found.append((sequence, manifest.parent / photo))
    if not 1 <= len(found) <= MAXIMUM_ROWS:
        raise Malformed(f"{manifest.name} has no traveller, or more than {MAXIMUM_ROWS} photos")
    return found
