"""`countenance receipt FILE --genesis FILE`: what the door gave somebody, checked by anybody. Needs no server."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, answer, contents
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.rights import receipts
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import written
from countenance.vocabulary.rights import Statement

_LARGEST = 1024 * 1024


def receipt(
    file: Annotated[Path, typer.Argument(help="the file that the portal gave")],
    genesis: Annotated[Path | None, typer.Option(help="the deployment's genesis.json, from its register")] = None,
    deployment: Annotated[Path | None, typer.Option(help="take genesis.json from this deployment")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt: that the log holds what it says. Exit code 1 if anything does not hold."""
    if genesis is None and deployment is None:
        raise Malformed("give the genesis record that the deployment's register shows: --genesis FILE")
    place = genesis or (deployment or Path()) / "genesis.json"
    known = records.read(Genesis, contents(place, most=_LARGEST, what="a genesis record"))
    said = records.read(Statement, contents(file, most=_LARGEST, what="a receipt of the portal's"))
    trail = receipts.check(said, known)
    entries: list[Json] = [line.index for line in trail.entries]
    facts: dict[str, Json] = {
        "request": said.request,
        "wish": said.wish.value,
        "outcome": said.outcome,
        "gone_by": said.gone_by,
        "entries": entries,
    }
    state = said.outcome or f"waits until {written(said.due)} at the latest"
    gone = f"; gone from every copy by {written(said.gone_by)}" if said.gone_by else ""
    answer(facts, f"holds: {said.wish.value}, {state}{gone} (entries {', '.join(map(str, entries))})", as_json=as_json)
