"""`countenance sightings list|show`: when and where somebody passed a camera; never whom."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli.say import AsJson, Deployment, answer
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import written

sightings = typer.Typer(no_args_is_help=True, add_completion=False, help="When and where, never whom.")


@sightings.command(name="list")
def list_(
    camera: Annotated[str, typer.Option(help="only this camera")] = "",
    start: Annotated[str, typer.Option("--from", help="from when: 2026-11-22T09:30Z, 09:30 or an offset: -2h")] = "",
    end: Annotated[str, typer.Option("--to", help="until when")] = "",
    limit: Annotated[int, typer.Option(help="at most so many, the newest")] = 100,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """List sightings in order of time."""
    now, body = ask.now(), dict[str, Json](limit=limit)
    if camera:
        body["camera"] = camera
    for name, text in (("start", start), ("end", end)):
        if text:
            body[name] = ask.moment(text, of=now)
    ask.ordered(body.get("start"), body.get("end"))
    with ask.connection(deployment) as repository:
        found = repository.call("sightings.list", body).body
    listed = found.get("sightings")
    lines = [_line(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    answer(found, "\n".join(lines) or "there are no sightings", as_json=as_json)


@sightings.command()
def show(
    sighting: Annotated[str, typer.Argument(help="the sighting's id: 32 hex digits")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show what is public of one sighting."""
    with ask.connection(deployment) as repository:
        found = dict(repository.call("sightings.show", {"sighting": sighting}).body)
    answer(found, "\n".join(f"{name:10} {_value(name, value)}" for name, value in found.items()), as_json=as_json)


def _line(one: dict[str, Json]) -> str:
    return (
        f"{one.get('sighting')}  {one.get('camera')}  {_value('start', one.get('start'))}  quality {one.get('quality')}"
    )


def _value(name: str, value: Json) -> str:
    return written(value) if name in ("start", "end") and isinstance(value, int) else str(value)
