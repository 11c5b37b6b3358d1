"""Trying: what the verbs of `countenance evaluate` share: a manifest in, comparisons out, with bars on the way."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from countenance import faces
from countenance.cli.say import answer
from countenance.durable import files
from countenance.errors import Malformed, Unavailable
from countenance.evaluation import manifest, page, pairs, record, results, trials, words
from countenance.evaluation.manifest import Manifest
from countenance.evaluation.pairs import Prepared, Tallied
from countenance.evaluation.results import Extractor, Results
from countenance.evaluation.trials import Outcome
from countenance.vocabulary.evaluation import Acquired, Failure

ManifestFile = Annotated[
    Path, typer.Argument(help="CSV: image,subject and, if you like, aligned and columns of groups", metavar="MANIFEST")
]
Cards = Annotated[
    list[Path] | None, typer.Option("--card", help="model card (TOML) of your own detector or extractor; repeatable")
]
Fpir = Annotated[float, typer.Option("--fpir", help="share of searches for strangers that may name somebody")]
Kept = Annotated[
    Path | None, typer.Option("--templates", help="keep templates in this file (biometric data!), and use them again")
]
Most = Annotated[int, typer.Option("--most-images", help="how many images at most; of more, subjects are drawn")]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """A manifest, what became of its images, and whose templates they are."""

    table: Manifest
    outcomes: list[Outcome]
    extractor: Extractor

    @property
    def acquired(self) -> list[Acquired]:
        """Of which images there are templates."""
        return [one for one in self.outcomes if isinstance(one, Acquired)]


def tried(path: Path, cards: trials.Cards, templates: Path | None, most: int) -> Tried:
    """The manifest and what became of its images, with a bar. Raises Malformed if no image gave a template."""
    if most < pairs.FEWEST:
        raise Malformed(f"--most-images is at least {pairs.FEWEST}")
    if templates is not None:
        check_file(templates)
    table = manifest.read(path, most_images=most)
    with bar("extracting", len(table.rows)) as advance:
        outcomes = trials.extract(
            table.rows, table.folder, cards, processes=processors(), kept=templates, progress=advance
        )
    if not any(isinstance(one, Acquired) for one in outcomes):
        raise Malformed("no image of the manifest gave a template: paths are relative to the manifest's folder")
    card = trials.extractor(cards)
    return Tried(table, outcomes, Extractor(card.name, card.digest))


def compared(found: Tried) -> tuple[Prepared, Tallied]:
    """All comparisons of what was tried, with a bar. Raises Malformed if there are too few people."""
    ready, _ = results.prepared(found.table, found.outcomes)
    with bar("comparing", len(ready.values) * (len(ready.values) - 1) // 2) as advance:
        return ready, pairs.count(ready, threads=processors(), progress=advance)


def measured(found: Tried, fpir: float) -> Results:
    """All figures of what was tried, with a bar. Raises Malformed if there are too few people."""
    count = len(found.acquired)
    with bar("comparing", count * (count - 1) // 2) as advance:
        return results.evaluate(
            found.table, found.outcomes, found.extractor, asked=fpir, threads=processors(), progress=advance
        )


def check(fpir: float, *, folder: Path | None = None, file: Path | None = None) -> None:
    """Before hours of work, not after: raise Malformed for what is no rate, Unavailable for what cannot be written."""
    if not 0 < fpir < 1:
        raise Malformed("--fpir is a share of searches, above 0 and below 1: such as 0.01")
    if folder is not None:
        try:
            files.check_place(folder / "index.html")
        except Unavailable as error:
            raise Unavailable(f"the folder '{folder}' cannot be made or written: name another with --out") from error
    if file is not None:
        check_file(file)


def check_file(path: Path) -> None:
    """Raise Malformed or Unavailable if no file can be written at `path`."""
    if path.is_dir() or not path.parent.is_dir():
        raise Malformed(f"'{path}' cannot be written: name a file in a folder that exists")
    files.check_place(path)


def written(found: Results, out: Path, *, as_json: bool) -> None:
    """Write page and record into the folder `out`, and say what they say in short. Raises Unavailable."""
    out.mkdir(parents=True, exist_ok=True)
    files.write(out / "report.json", record.write(found), mode=0o644)
    files.write(out / "index.html", page.write(found), mode=0o644)
    facts: dict[str, object] = {
        "page": str(out / "index.html"),
        "record": str(out / "report.json"),
        "gallery": found.gallery,
        "threshold": found.threshold,
    }
    answer(facts, f"{_summary(found)}\n\nThe page: {out / 'index.html'}", as_json=as_json)


def cards(paths: Sequence[Path] | None) -> trials.Cards:
    """The cards at `paths`. Raises Malformed for two of one kind."""
    read = tuple(faces.read_card(path) for path in paths or [])
    for kind in (faces.DetectorCard, faces.ExtractorCard):
        if sum(isinstance(card, kind) for card in read) > 1:
            raise Malformed("give at most one card of a detector and one of an extractor")
    return read


def processors() -> int:
    """How many of them this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def bar(what: str, total: int) -> Iterator[Any]:
    """A bar on standard error, where there is a terminal; yields what to tell of each step."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda steps: progress.advance(task, steps)


def _summary(found: Results) -> str:
    rate, missed = found.fpir[found.gallery].at(found.index), found.fnir[found.gallery].at(found.index)
    lost = [f"{found.counts[name]:,} {why}" for name, why in _LOST.items() if found.counts[name]]
    lost += [f"{count:,} {why}" for why, count in found.left_out.items()]
    at = f"Gallery of {found.gallery:,}, threshold {found.threshold:.3f}"
    if not found.reached:
        at += f", the highest there is: none keeps false alerts as rare as {found.asked:.3g}"
    return (
        f"{found.counts['templates']:,} pictures of {found.counts['subjects']:,} people, "
        f"{found.tallied.pairs:,} comparisons" + (f"; not used: {', '.join(lost)}" if lost else "") + f".\n{at}:\n"
        f"  {words.people(rate, 'would raise an alert')}\n"
        f"  {words.people(missed, 'would not be found', who='people who are in the gallery')}"
    )


_LOST = {one.name.lower(): one.value for one in Failure}
