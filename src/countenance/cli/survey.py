"""`countenance survey`: ask the people whom the cameras film, and say what they answered.

A survey lies in `DEPLOYMENT/survey/NAME`, a folder a wave. Invitations have an issuer, who is somebody else than who
collects: its folder is named, and given to them.
"""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, Deployment, answer, contents, undeployed
from countenance.cli.survey_figures import power, report, simulate
from countenance.cli.survey_inviting import Issuing, invite, issue, origin_of
from countenance.cli.survey_places import Named, folder_of
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.survey import (
    budget,
    collecting,
    instrument,
    inviting,
    paper,
    preview,
    reading,
    starting,
    waves,
    xlsform,
)
from countenance.vocabulary.survey import LANGUAGES, Admission, Instrument, Way
from countenance.web.portal import program

survey = typer.Typer(no_args_is_help=True, add_completion=False, help="Ask the people, and say what they answered.")

Questionnaire = Annotated[Path, typer.Argument(metavar="FILE", help="the questionnaire, YAML")]


@survey.command()
@undeployed
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where to write it")] = Path("survey.yaml"),
    as_json: AsJson = False,
) -> None:
    """Write a questionnaire to begin with: the topics of 2019, in English, Chinese and Russian."""
    if file.exists():
        raise Refused(f"{file.name} is there already: name another file")
    files.write(file, starting.shipped(), mode=0o644)
    said = f"{file}: edit it, give each part its people where it says ?, then 'countenance survey preview {file}'"
    answer({"file": str(file)}, said, as_json=as_json)


@survey.command("preview")
@undeployed
def looked(
    file: Questionnaire,
    language: Annotated[str, typer.Option(help="en, zh or ru")] = "en",
    sheet: Annotated[Path | None, typer.Option(help="write the line of names of a CSV for paper to this file")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a questionnaire, and show it as people will be asked; what it may tell of one of them."""
    asked = _asked(file)
    if sheet is not None:
        files.write(sheet, paper.template(asked).encode(), mode=0o644)
    answer(_promise(asked), preview.text(asked, language), as_json=as_json)


@survey.command("to-xlsform")
@undeployed
def exported(
    file: Questionnaire,
    form: Annotated[Path, typer.Argument(metavar="XLSX", help="where to write the workbook")],
    as_json: AsJson = False,
) -> None:
    """Write a questionnaire as XLSForm, for ODK, KoboToolbox and others. They do not randomise answers."""
    files.write(form, xlsform.written(_asked(file)), mode=0o644)
    answer({"file": str(form)}, f"{form}: what is asked with it has no local privacy", as_json=as_json)


@survey.command("from-xlsform")
@undeployed
def converted(
    form: Annotated[Path, typer.Argument(metavar="XLSX", help="an XLSForm in English, Chinese and Russian")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where to write the questionnaire")],
    epsilon: Annotated[str, typer.Option(help="a person's total, where the workbook has none")] = "1.5",
    as_json: AsJson = False,
) -> None:
    """Make a questionnaire of an XLSForm. Questions that depend on answers are refused."""
    if file.exists():
        raise Refused(f"{file.name} is there already: name another file")
    data = contents(form, most=reading.MAXIMUM_BYTES, what="a workbook, .xlsx")
    made = xlsform.read(data, epsilon=epsilon)
    asked = instrument.read(made)
    files.write(file, made, mode=0o644)
    answer({"file": str(file), **_promise(asked)}, f"{file}: {len(asked.items)} items", as_json=as_json)


@survey.command("open")
def opened(
    file: Questionnaire,
    *,
    invitations: Annotated[int, typer.Option(help="how many codes to make, each good for one answer")] = 0,
    codes: Annotated[
        Path | None, typer.Option(help="file that the codes are written to; they are kept nowhere else")
    ] = None,
    issuer: Annotated[
        Path | None, typer.Option(help="folder of the issuer's key; give it to who hands codes out")
    ] = None,
    issuing: Issuing = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Open the next wave of a survey with a questionnaire."""
    source = contents(file, most=reading.MAXIMUM_BYTES, what="a questionnaire, YAML")
    asked = instrument.read(source)
    folder = deployment / "survey" / asked.survey
    with_codes = asked.admission is Admission.INVITED
    if with_codes and (invitations < 1 or codes is None or issuer is None):
        raise Malformed(
            "this survey is by invitation: say --invitations N, --codes FILE, and --issuer DIR, a folder for somebody "
            "else than who collects; or 'admission: open' in it"
        )
    if not with_codes and (invitations or codes or issuer or issuing):
        raise Malformed("this survey is open to all: it has no invitations")
    signed_at = origin_of(issuing) if issuing else ""
    waves.may_begin(folder, asked)
    public = b""
    if codes is not None and issuer is not None:
        files.check_place(codes)
        public, made = inviting.found(issuer, invitations)
        files.write(codes, ("\n".join(made) + "\n").encode())
    begun = waves.begin(folder, source, day=waves.today(), issuer=public, issuing=signed_at, program=program.digest())
    facts = {
        **_promise(asked),
        "wave": begun.wave.number,
        "folder": str(begun.folder),
        "invitations": invitations,
        "program": begun.wave.program.hex(),
    }
    answer(facts, f"wave {begun.wave.number} of '{asked.survey}' is open; {_told(asked)}", as_json=as_json)


@survey.command()
def close(name: Named, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Close the open wave for good; what is kept of its tokens is destroyed. Again after a crash."""
    folder = folder_of(deployment, name)
    ended = collecting.close(waves.to_close(folder), waves.today())
    facts = {"survey": name, "wave": ended.wave.number, "closed": ended.wave.closed}
    answer(facts, f"wave {ended.wave.number} of '{name}' is closed, its spent tokens are gone", as_json=as_json)


@survey.command("import")
def imported(
    name: Named,
    file: Annotated[Path, typer.Argument(metavar="CSV", help="one line a person; 'preview --sheet' writes its first")],
    way: Annotated[Way, typer.Option(help="paper or kiosk: answers that were not randomised")] = Way.PAPER,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Take in answers from paper or a kiosk. They have no local privacy, and the report says so."""
    if way is Way.WEB:
        raise Malformed("answers from browsers come one by one, randomised there; a file is from paper or a kiosk")
    begun = waves.current(folder_of(deployment, name))
    data = contents(file, most=paper.MAXIMUM_BYTES, what="a CSV of answers")
    rows = paper.rows(begun.instrument, data, way)
    count = collecting.take_file(begun, way, data, rows, waves.today())
    facts = {"survey": name, "wave": begun.wave.number, "way": way.value, "people": count}
    label = budget.label(begun.instrument, way)
    said = f"{count:,} people's answers taken in. {label}. Destroy {file.name} if it is a copy"
    answer(facts, said, as_json=as_json)


for verb in (report, simulate, power, invite, issue):
    survey.command()(verb)


def _asked(file: Path) -> Instrument:
    return instrument.read(contents(file, most=reading.MAXIMUM_BYTES, what="a questionnaire, YAML"))


def _promise(asked: Instrument) -> dict[str, object]:
    share = budget.of_item(asked)
    return {
        "survey": asked.survey,
        "version": asked.version,
        "instrument": asked.digest.hex(),
        "words": {language: preview.worded(asked, language).hex() for language in LANGUAGES},
        "privacy": asked.privacy.value,
        "epsilon": asked.epsilon / 1_000_000 or None,
        "epsilon_of_item": share and share / 1_000_000,
        "waves": asked.waves,
        "items": len(asked.items),
        "reported": asked.reported,
        "cells": len(asked.cells),
        "forged_weighs": round(budget.forged(asked), 2),
    }


def _told(asked: Instrument) -> str:
    weighs = f"Somebody who forges answers weighs at most {budget.forged(asked):.1f} honest people, before weights"
    return f"{budget.label(asked, Way.WEB)}. {weighs}"
