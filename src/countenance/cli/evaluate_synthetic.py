"""`countenance evaluate synthetic`: a report on people who do not exist, to see one, or to plan how many it takes."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import trying
from countenance.cli.say import AsJson, undeployed
from countenance.errors import Malformed
from countenance.evaluation import results, synthetic
from countenance.evaluation.synthetic import Group

_KEYS = {"images": int, "alike": float, "same": float, "twins": float}


@undeployed
def drawn(
    *,
    group: Annotated[
        list[str] | None,
        typer.Option(help="NAME:PEOPLE or NAME:PEOPLE:images=3,alike=0.1,same=0.6,twins=0.02; repeatable"),
    ] = None,
    seed: Annotated[int, typer.Option(help="another seed draws other people", min=0)] = 1,
    out: Annotated[Path, typer.Option(help="folder for index.html and report.json")] = Path("synthetic-report"),
    fpir: trying.Fpir = results.ASKED,
    as_json: AsJson = False,
) -> None:
    """Draw people who do not exist, with known differences, and report on them. No figure says anything of people."""
    groups = [_group(text) for text in group] if group else [synthetic.ADULTS, synthetic.CHILDREN]
    table, outcomes = synthetic.draw(groups, seed)
    trying.check(fpir, folder=out)
    tried = trying.Tried(table, list(outcomes), synthetic.EXTRACTOR)
    trying.written(trying.measured(tried, fpir), out, as_json=as_json)


def _group(text: str) -> Group:
    name, _, rest = text.partition(":")
    people, _, more = rest.partition(":")
    try:
        pairs = (part.split("=", 1) for part in more.split(",") if part)
        given = {key: _KEYS[key](value) for key, value in pairs}
        return Group(name, int(people), **given)
    except (ValueError, KeyError) as error:
        raise Malformed(f"'{text[:80]}' is no group: write NAME:PEOPLE, or NAME:PEOPLE:twins=0.02") from error
