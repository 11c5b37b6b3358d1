"""`countenance evaluate`: how often an extractor is wrong, on your own pictures, with bounds; no deployment needed.

`countenance evaluate MANIFEST --out report/` is `evaluate report MANIFEST`. Exit codes: 0 done; 1 no threshold does
what was asked, or a gallery has entries to look at; 2 bad input.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from countenance import faces
from countenance.cli import ask, trying
from countenance.cli.evaluate_attacks import attacks
from countenance.cli.evaluate_gallery import gallery
from countenance.cli.evaluate_synthetic import drawn
from countenance.cli.say import AsJson, answer, undeployed
from countenance.cli.trying import Cards, Fpir, Kept, ManifestFile, Most
from countenance.durable import files
from countenance.errors import Malformed
from countenance.evaluation import calibrating, comparing, manifest, record, results, trials, words
from countenance.formats import records


class _Group(TyperGroup):
    """`evaluate MANIFEST` is `evaluate report MANIFEST`."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """The words after `evaluate`; what is no subcommand is a report's manifest."""
        asks = {"--help", "-h"}
        if args and args[0] not in self.commands and args[0] not in asks:
            args = ["report", *args]
        return super().parse_args(context, args)


evaluate = typer.Typer(cls=_Group, no_args_is_help=True, add_completion=False, help="How often an extractor is wrong.")

Size = Annotated[int, typer.Option("--gallery", help="how many people the gallery holds")]


@evaluate.command()
@undeployed
def report(
    path: ManifestFile,
    *,
    out: Annotated[Path, typer.Option(help="folder for index.html and report.json")] = Path("report"),
    fpir: Fpir = results.ASKED,
    card: Cards = None,
    templates: Kept = None,
    most_images: Most = manifest.MOST_IMAGES,
    as_json: AsJson = False,
) -> None:
    """Measure, and write a page to read and a record for machines."""
    trying.check(fpir, folder=out)
    tried = trying.tried(path, trying.cards(card), templates, most_images)
    trying.written(trying.measured(tried, fpir), out, as_json=as_json)


@evaluate.command()
@undeployed
def calibrate(
    path: ManifestFile,
    *,
    fpir: Fpir = results.ASKED,
    gallery: Size = 500,
    out: Annotated[
        Path | None, typer.Option(help="also write all thresholds for 'countenance calibration set' to this file")
    ] = None,
    told: Annotated[str, typer.Option(help="with --out: whose pictures these are, in a sentence")] = "",
    surely: Annotated[bool, typer.Option(help="choose by the rate's upper bound, not by the rate")] = False,
    card: Cards = None,
    templates: Kept = None,
    most_images: Most = manifest.MOST_IMAGES,
    as_json: AsJson = False,
) -> None:
    """Find the threshold for "at most one false candidate in N searches": --fpir 1/N, for a gallery's size."""
    trying.check(fpir, file=out)
    tried = trying.tried(path, trying.cards(card), templates, most_images)
    ready, tallied = trying.compared(tried)
    found = calibrating.choose(ready, tallied, gallery=gallery, fpir=fpir, surely=surely)
    facts: dict[str, object] = {
        "threshold": found.threshold,
        "fpir": record.number(found.fpir.value),
        "fpir_low": record.number(found.fpir.low),
        "fpir_high": record.number(found.fpir.high),
        "tpir": record.rate(found.tpir)["value"],
        "tpir_low": record.number(found.tpir.low),
        "tpir_high": record.number(found.tpir.high),
        "gallery": gallery,
    }
    if out is not None:
        made = calibrating.calibration(
            ready, tallied, tried.extractor.digest, gallery=gallery, told=told or _told(tried), made=ask.now()
        )
        files.write(out, records.write(made), mode=0o644)
        facts["written"] = str(out)
    strangers = words.people(found.fpir, "would raise an alert")
    known = words.people(found.tpir, "would be found", who="people who are in the gallery")
    sentence = (
        f"Threshold {found.threshold:.3f} for a gallery of {gallery:,}. {strangers} (bounds for as many other people "
        f"of this kind) {known}"
    )
    answer(facts, sentence + (f"\nAll thresholds: {out}" if out else ""), as_json=as_json)


def _told(tried: trying.Tried) -> str:
    people = len({tried.table.rows[one.row].subject for one in tried.acquired})
    return f"an evaluation of {len(tried.acquired)} pictures of {people} people"


@evaluate.command()
@undeployed
def compare(
    path: ManifestFile,
    *,
    other_card: Annotated[Path | None, typer.Option("--with", help="model card of the other extractor")] = None,
    threshold: Annotated[
        list[float] | None, typer.Option(help="two thresholds of one extractor; give it twice")
    ] = None,
    fpir: Fpir = results.ASKED,
    gallery: Size = 500,
    card: Cards = None,
    most_images: Most = manifest.MOST_IMAGES,
    as_json: AsJson = False,
) -> None:
    """Put two extractors, at one FPIR, or two thresholds side by side, and say which errors differ."""
    if (other_card is None) == (threshold is None) or (threshold is not None and len(threshold) != 2):
        raise Malformed("compare two extractors (--with CARD), or two thresholds (--threshold A --threshold B)")
    chosen = trying.cards(card)
    ways = [chosen, _other(chosen, other_card)] if other_card else [chosen]
    sides = []
    for cards in ways:
        tried = trying.tried(path, cards, None, most_images)
        ready, tallied = trying.compared(tried)
        subjects = tuple(dict.fromkeys(tried.table.rows[one.row].subject for one in tried.acquired))
        measured = comparing.Measured(tried.extractor.name, ready, tallied, subjects)
        places = [comparing.nearest(one) for one in threshold] if threshold else [None]
        sides += [comparing.side(measured, gallery=gallery, fpir=fpir, index=place) for place in places]
    found = comparing.compare(*sides)
    answer(comparing.plain(found), comparing.told(found), as_json=as_json)


evaluate.command()(gallery)
evaluate.command()(attacks)
evaluate.command("synthetic")(drawn)


def _other(cards: trials.Cards, path: Path) -> trials.Cards:
    """`cards` with the other extractor in the place of theirs."""
    other = faces.read_card(path)
    if not isinstance(other, faces.ExtractorCard):
        raise Malformed("--with names the model card of an extractor")
    return (*(one for one in cards if isinstance(one, faces.DetectorCard)), other)
