"""`countenance camera add|source|discover|list|show|remove`: an operator declares cameras; where this host finds them.

Where a camera's pictures come from stays on this host, in the edge's own file: it may hold a password and is never
sent.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Malformed, Refused
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Declaration, Verb, Withdrawal
from countenance.vocabulary.cameras import Camera
from countenance.zones.edge import camera as own
from countenance.zones.edge import discovery, identity

camera = typer.Typer(no_args_is_help=True, add_completion=False, help="Declare, list, show, remove cameras.")

Name = Annotated[str, typer.Argument(metavar="CAMERA", help="lower-case letters, digits, dots and hyphens")]


@camera.command()
def add(
    name: Name,
    *,
    source: Annotated[str, typer.Option(help="a video file, a folder, rtsp://… or /dev/videoN; stays on this host")],
    place: Annotated[str, typer.Option(help="where it is, as the notice says it")],
    purpose: Annotated[str, typer.Option(help="what it is for")],
    basis: Annotated[str, typer.Option(help="the law that allows it")],
    notice: Annotated[str, typer.Option(help="what the sign beside it says")],
    publicly_accessible: Annotated[
        bool, typer.Option("--publicly-accessible/--not-publicly-accessible", help="whether anyone may pass there")
    ],
    dpia: Annotated[str, typer.Option(help="reference of the data-protection impact assessment")],
    key: KeyFile,
    edge: Annotated[str, typer.Option(help="the camera host; needed if there are several")] = "",
    retention: Annotated[int, typer.Option(help="hours that what it records is kept")] = 72,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Declare a camera. One in a publicly accessible place records covered footage only: no templates, no patches."""
    host = _host(deployment, edge)
    declared = Camera(
        name=own.checked(name),
        edge=host,
        place=place,
        purpose=purpose,
        legal_basis=basis,
        dpia=dpia,
        notice=notice,
        retention_hours=retention,
        publicly_accessible=publicly_accessible,
    )
    where = _where(source)
    with ask.acting(deployment, key) as person:
        done = person.asker.ask(
            Verb.DECLARE, Declaration(declared), relay="camera.declare", extra_blobs=(records.write(declared),)
        )
    own.put(deployment, host, name, where)
    records_what = "sightings and covered footage" if declared.extracts else "covered footage only, no sightings"
    facts = {**done, "camera": name, "edge": host, "extracts": declared.extracts}
    answer(facts, f"{name} is declared (entry {done.get('entry')}); it records {records_what}", as_json=as_json)


@camera.command(name="source")
def source_(
    name: Name,
    source: Annotated[str, typer.Argument(help="a video file, a folder, rtsp://… or /dev/videoN; - reads a line")],
    *,
    edge: Annotated[str, typer.Option(help="the camera host; needed if there are several")] = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Say where a camera's pictures come from, one that was declared at the console, or one that has moved.

    Give `-` and type it, so that a password is in no list of processes and no history.
    """
    host = _host(deployment, edge)
    given = typer.prompt("Source", hide_input=True) if source == "-" else source
    own.put(deployment, host, name, _where(given))
    told = f"the source of {name} is kept on this host; 'countenance run' records it from its next start"
    answer({"camera": name, "edge": host}, told, as_json=as_json)


@camera.command()
def discover(
    interface: Annotated[str, typer.Option(help="this host's IPv4 address in the cameras' network")] = "",
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="how long to wait for answers")] = 4.0,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask the network of this host which cameras speak ONVIF. Anybody there can answer: nothing is added by it."""
    # The network is this host's, whatever lies here.
    del deployment
    found = discovery.discover(seconds, interface=interface)
    lines = [f"{one.address}  {one.name or '-'}  {one.hardware or '-'}  {one.service or '-'}" for one in found]
    listed: list[Json] = [
        {
            "address": one.address,
            "name": one.name,
            "hardware": one.hardware,
            "location": one.location,
            "service": one.service,
        }
        for one in found
    ]
    answer({"devices": listed}, "\n".join(lines) or "no camera answered", as_json=as_json)


@camera.command(name="list")
def list_(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the cameras that are declared."""
    declared = _declared(deployment)
    lines = [_line(one) for one in declared]
    answer({"cameras": declared}, "\n".join(lines) or "no camera is declared", as_json=as_json)


@camera.command()
def show(name: Name, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show everything that is declared of a camera."""
    found = next((one for one in _declared(deployment) if one.get("name") == name), None)
    if found is None:
        raise Refused("no camera of this name is declared: 'countenance camera list' shows them")
    lines = [f"{field.replace('_', ' '):20} {value}" for field, value in found.items() if field != "type"]
    answer(found, "\n".join(lines), as_json=as_json)


@camera.command()
def remove(name: Name, *, key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """End a camera: no further leases, and its source is forgotten. What it recorded runs out by retention."""
    with ask.acting(deployment, key) as person:
        done = person.asker.ask(
            Verb.WITHDRAW, Withdrawal(name), relay="camera.withdraw", extra_blobs=(canonical.write(name),)
        )
    for host in identity.names(deployment):
        own.drop(deployment, host, name)
    answer({**done, "camera": name}, f"{name} has ended (entry {done.get('entry')})", as_json=as_json)


def _host(deployment: Path, edge: str) -> str:
    """The edge of this name on this host, or the only one. Raises Malformed, Refused."""
    host = edge or _only_edge(deployment)
    if host not in identity.names(deployment):
        raise Refused(f"this host has no edge {host}: 'countenance edge enrol' makes one")
    return host


def _only_edge(deployment: Path) -> str:
    names = [name for name in identity.names(deployment) if name != identity.PROBE]
    if len(names) != 1:
        raise Malformed(f"say which camera host: --edge {' or '.join(names) or 'NAME, after countenance edge enrol'}")
    return names[0]


def _where(source: str) -> str:
    """A source as it is kept."""
    return source if own.is_live(source) else str(_recording(source))


def _recording(source: str) -> Path:
    try:
        path = Path(source).resolve()
        found = path.is_file() or path.is_dir()
    except (OSError, RuntimeError, ValueError):
        # A name too long, a link to itself, a name with a zero byte.
        found = False
    if not found:
        raise Malformed("there is no file or folder of that name; a camera's address begins with rtsp:// or /dev/video")
    return path


def _declared(deployment: Path) -> list[Mapping[str, Json]]:
    with ask.connection(deployment) as repository:
        found = repository.call("cameras").body.get("cameras")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _line(one: Mapping[str, Json]) -> str:
    kept = "covered footage only" if one.get("publicly_accessible") else "sightings and covered footage"
    return f"{one.get('name')}  {one.get('place')}  {kept}, {one.get('retention_hours')} h  (edge {one.get('edge')})"
