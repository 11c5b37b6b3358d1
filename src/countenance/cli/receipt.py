"""`countenance receipt FILE --genesis FILE`: what the door gave somebody, checked by anybody. Needs no server."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, answer, contents
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.rights import consents, receipts
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import written
from countenance.vocabulary.rights import Statement

_LARGEST = 1024 * 1024


def receipt(
    file: Annotated[Path, typer.Argument(help="the file that the portal gave")],
    genesis: Annotated[Path | None, typer.Option(help="its genesis.json; of a consent, gallery.json")] = None,
    deployment: Annotated[Path | None, typer.Option(help="take the record from this deployment")] = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt: that the log holds what it says. Exit code 1 if anything does not hold."""
    if genesis is None and deployment is None:
        raise Malformed("give the genesis record that the deployment's register shows: --genesis FILE")
    given = contents(file, most=_LARGEST, what="a receipt of the portal's")
    consent = consents.is_receipt(given)
    place = genesis or (deployment or Path()) / ("gallery.json" if consent else "genesis.json")
    known = records.read(Genesis, contents(place, most=_LARGEST, what="a genesis record"))
    if consent:
        _consent(given, known, as_json=as_json)
        return
    said = records.read(Statement, given)
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


def _consent(given: bytes, known: Genesis, *, as_json: bool) -> None:
    held, trail = consents.check(given, known)
    entries: list[Json] = [line.index for line in trail.entries]
    facts: dict[str, Json] = {
        "gallery": held.gallery,
        "state": held.state,
        "gone_by": held.gone_by,
        "uses": len(held.uses) + held.earlier,
        "entries": entries,
    }
    gone = f"; gone from every copy by {written(held.gone_by)}" if held.gone_by else ""
    answer(facts, f"holds: consent, {held.state}{gone} (entries {', '.join(map(str, entries))})", as_json=as_json)
