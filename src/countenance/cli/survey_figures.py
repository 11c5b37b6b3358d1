"""`countenance survey report|simulate|power`: what a survey says, whether it can be trusted, and how many it needs."""

import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from countenance.cli import ask
from countenance.cli.say import AsJson, Deployment, answer, contents, undeployed
from countenance.cli.survey_places import Named, folder_of
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.survey import (
    analysis,
    earlier,
    instrument,
    methods,
    preview,
    publishing,
    reading,
    simulating,
    starting,
    waves,
    weighting,
)
from countenance.survey import (
    power as powers,
)
from countenance.survey import report as reports
from countenance.survey.waves import Opened
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.surveyed import Results

_MARGIN_BYTES = 1024 * 1024

Epsilon = Annotated[str, typer.Option(help="a person's total; 'infinity' for no randomisation")]


def report(
    name: Named,
    *,
    out: Annotated[Path, typer.Option(help="folder for index.html, report.json and report.pdf")] = Path(
        "survey-report"
    ),
    wave: Annotated[int, typer.Option(help="which wave; the newest if not said")] = 0,
    margin: Annotated[
        list[Path] | None, typer.Option(help="CSV of known shares: groups, then people; again for another")
    ] = None,
    unweighted: Annotated[
        bool, typer.Option("--unweighted", help="do not weight by the questionnaire's people")
    ] = False,
    language: Annotated[str, typer.Option(help="of questions and answers: en, zh or ru")] = "en",
    by: Annotated[str, typer.Option(help="who asked, for the methods box")] = "",
    paid: Annotated[str, typer.Option(help="who paid")] = "",
    font: Annotated[
        Path | None, typer.Option(help="for the PDF: a font with letters that ours lacks, as Chinese; .ttf, .otf, .ttc")
    ] = None,
    whom: Annotated[str, typer.Option(help="of whom the survey is to speak, and how they were reached")] = "",
    invited: Annotated[int, typer.Option(help="how many invitations were handed out")] = 0,
    publish: Annotated[
        Path | None, typer.Option(metavar="KEY", help="your key file, operator: put it into the public register, too")
    ] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Write what a wave found: a page, a PDF and JSON, with bounds, methods and the figures of 2019 beside."""
    preview.check(language)
    sponsor, shipped = methods.Sponsor(by, paid, whom, invited), earlier.shipped()
    chosen, before = _wave(waves.all_of(folder_of(deployment, name)), wave)
    asked = chosen.instrument
    given = [contents(path, most=_MARGIN_BYTES, what="a margin, CSV") for path in margin or ()]
    margins = [weighting.margin(asked, data) for data in given] or ([] if unweighted else weighting.declared(asked))
    found = analysis.analyse(chosen, margins=margins, language=language, before=before)
    results = publishing.results(found, sponsor) if publish else None
    files.make_directory(out, 0o755)
    files.write(out / "index.html", reports.page(found, shipped, sponsor), mode=0o644)
    files.write(out / "report.json", reports.record(found, shipped, sponsor), mode=0o644)
    made, why = _pdf(out, found, sponsor, font)
    published = _published(deployment, publish, results) if publish and results else {}
    facts = {
        "survey": name, "wave": chosen.wave.number, "people": found.total, "epsilon": found.epsilon,
        "weighted": found.weights is not None, "folder": str(out), "pdf": made,
        **published,
    }  # fmt: skip
    answer(
        facts,
        f"{methods.headline(methods.of(found, sponsor), 'en')} Written into {out}{why}{_entry(published)}",
        as_json=as_json,
    )


@undeployed
def simulate(
    *,
    surveys: Annotated[int, typer.Option(help="surveys for each epsilon")] = 400,
    answers: Annotated[int, typer.Option(help="people who answer each")] = simulating.PEOPLE,
    seed: Annotated[int, typer.Option(help="the same seed draws the same surveys")] = 9,
    file: Annotated[
        Path | None, typer.Option(help="a questionnaire of yours; else that of 'survey new' for made-up people")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask made-up people whose answers are known, from chance to bounds: do the bounds hold the truth?"""
    if not (1 <= surveys <= 1_000_000 and 100 <= answers <= 1_000_000 and 0 <= seed < 2**63):
        raise Malformed("surveys must be at least 1, answers 100 to 1,000,000, seed not negative")
    source = contents(file, most=reading.MAXIMUM_BYTES, what="a questionnaire, YAML") if file else starting.made_up()
    asked, started = instrument.read(source), time.perf_counter()
    progress = Console(stderr=True)
    with progress.status("simulating …") as shown:
        tell = shown.update if sys.stderr.isatty() else None
        turnout = simulating.Turnout(answers)
        found = list(simulating.coverage(asked, surveys, seed=seed, turnout=turnout, told=tell))
    seconds = round(time.perf_counter() - started, 1)
    if as_json:
        lines = [
            {"epsilon": _spelled(one.epsilon), "weighted": one.weighted, "value": round(one.value, 5)} for one in found
        ]
        answer({"coverage": lines, "seconds": seconds}, "", as_json=True)
        return
    table = Table(
        "epsilon", "weighted", "covered", "worst answer", "error", title=f"{surveys:,} surveys of {answers:,}"
    )
    for one in found:
        table.add_row(
            f"{one.epsilon:.3g}", "yes" if one.weighted else "no", f"{100 * one.value:.2f} %",
            f"{100 * one.lowest:.1f} %", f"{100 * one.error:.1f} points",
        )  # fmt: skip
    Console().print(table)
    answer({}, f"95 % bounds should hold the truth in 95 %. {seconds} s", as_json=False)


@undeployed
def power(
    *,
    epsilon: Epsilon = "1.5",
    options: Annotated[int, typer.Option(help="of the question, without 'no answer'")] = 2,
    items: Annotated[int, typer.Option(help="items of the questionnaire")] = 10,
    reported: Annotated[int, typer.Option(help="items that chance picks of each person's")] = 2,
    wave: Annotated[int, typer.Option("--waves", help="waves that epsilon is split over")] = 1,
    answers: Annotated[int, typer.Option(help="how many will answer")] = 0,
    margin: Annotated[float, typer.Option(help="or: how wide a bound may be to each side, such as 0.03")] = 0.0,
    effect: Annotated[float, typer.Option(help="design effect of weights")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """How many answers are needed, or what so many can show."""
    if bool(answers) == bool(margin):
        raise Malformed("say either --answers N, to learn the margin, or --margin M, to learn how many are needed")
    try:
        total = math.inf if epsilon == "infinity" else float(epsilon)
    except ValueError as error:
        raise Malformed("epsilon is a number above 0, or infinity") from error
    plan = powers.Plan(total, options, items, reported, wave, effect)
    found = powers.of(plan, answers) if answers else powers.needed(plan, margin)
    facts = {
        "epsilon": _spelled(total), "answers": found.answers, "margin": round(found.margin, 5),
        "difference": round(found.difference, 5), "forged_weighs": round(found.forged, 2),
    }  # fmt: skip
    said = (
        f"{found.answers:,} answers: a share is known to {100 * found.margin:.1f} points to each side; between two "
        f"halves {100 * found.difference:.1f} points are seen in 8 of 10 cases; somebody who forges weighs "
        f"{found.forged:.1f} honest people"
    )
    answer(facts, said, as_json=as_json)


def _wave(found: tuple[Opened, ...], number: int) -> tuple[Opened, Opened | None]:
    chosen = [one for one in found if one.wave.number == (number or len(found))]
    if not chosen:
        raise Malformed(f"there are waves 1 to {len(found)}: name one of them with --wave")
    before = [one for one in found if one.wave.number == chosen[0].wave.number - 1 and one.answers]
    return chosen[0], before[0] if before else None


def _pdf(out: Path, found: analysis.Analysis, sponsor: methods.Sponsor, font: Path | None) -> tuple[bool, str]:
    # Its letters take a second to load, and only a report needs them.
    from countenance.survey import printing  # noqa: PLC0415

    try:
        files.write(out / "report.pdf", printing.pdf(found, earlier.shipped(), sponsor, font=font), mode=0o644)
    except Refused as error:
        (out / "report.pdf").unlink(missing_ok=True)
        return False, f"; no PDF: {error}"
    return True, ""


def _published(deployment: Path, key: Path, results: Results) -> dict[str, Json]:
    """The custodian's answer to an operator who publishes."""
    with ask.acting(deployment, key) as person:
        return person.asker.ask(Verb.PUBLISH, results)


def _entry(published: Mapping[str, Json]) -> str:
    if not published:
        return ""
    return f"; published as entry {published['entry']}: the register shows it with the next tick, and keeps it"


def _spelled(epsilon: float) -> float | str:
    return "infinity" if math.isinf(epsilon) else round(epsilon, 6)
