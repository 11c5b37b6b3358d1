"""`countenance edge enrol|list|revoke`: camera hosts and kiosks; at the custodian's terminal, each change an entry.

`enrol NAME` makes the identity of an edge on this machine, under `edge/NAME`; with `--kind kiosk` also `kiosk.json`
there, by which `countenance run` serves its page. `--kind gate` is for a gate's kiosk, which says how its lanes were.
For an edge on another host, its public file goes through `--public`: canonical JSON with `type` ("EdgeIdentity"),
`name`, `kind`, `signing_key`, `sealing_key`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.custodian import AtGallery, AtSecond, ask, zone_of
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.errors import Malformed
from countenance.formats import canonical
from countenance.formats.canonical import Json
from countenance.zones.edge import identity, kiosk_place

edge = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Enrol, list, revoke camera hosts; at the custodian's terminal."
)

GATE = "gate"
# Bytes of a public file.
_LARGEST = 64 * 1024


@edge.command()
def enrol(
    name: str,
    *,
    public: Annotated[Path | None, typer.Option(help="public file of an edge on another host")] = None,
    kind: Annotated[str, typer.Option(help="edge, kiosk (at a desk where people ask with their face), gate")] = "",
    port: Annotated[
        int, typer.Option(min=1024, max=65535, help="where a kiosk's page is, on this machine alone")
    ] = kiosk_place.PORT,
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Accept an edge from now on; without --public, one on this machine, whose keys are made if it has none."""
    if kind not in ("", "edge", kiosk_place.KIND, GATE):
        raise Malformed("an edge that is enrolled here is of kind edge, kiosk or gate")
    if public is not None:
        facts = _read(public)
        if kind and facts.get("kind") != kind:
            raise Malformed(f"{public.name} is the public file of an edge of another kind")
        if facts.get("name") != name:
            raise Malformed(f"{public.name} is the public file of another edge")
    else:
        # Asked first: a custodian that is locked or away must not leave keys behind that nobody enrolled.
        ask(deployment, "edge.list", zone=zone_of(gallery=gallery, second=second))
        known = name in identity.names(deployment)
        facts = public_half(identity.load(deployment, name) if known else identity.create(deployment, name))
        facts["kind"] = kind or facts["kind"]
        if kind == kiosk_place.KIND:
            kiosk_place.write(deployment, name, port)
    done = ask(deployment, "edge.enrol", facts, zone=zone_of(gallery=gallery, second=second))
    answer(done, f"edge {name} is enrolled (entry {done['entry']})", as_json=as_json)


@edge.command(name="list")
def list_(
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show every edge, revoked ones too."""
    done = ask(deployment, "edge.list", zone=zone_of(gallery=gallery, second=second))
    edges = done["edges"]
    lines = [_line(one) for one in edges] if isinstance(edges, list) else []
    answer(done, "\n".join(lines), as_json=as_json)


@edge.command()
def revoke(
    name: str,
    gallery: AtGallery = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Accept nothing more from an edge. What it sent before stays."""
    done = ask(deployment, "edge.revoke", {"name": name}, zone=zone_of(gallery=gallery, second=second))
    answer(done, f"edge {name} is revoked (entry {done['entry']})", as_json=as_json)


def public_half(made: identity.Identity) -> dict[str, Json]:
    """The public file's content for an identity."""
    return {
        "type": "EdgeIdentity",
        "name": made.name,
        "kind": "probe" if made.name == identity.PROBE else "edge",
        "signing_key": made.signing.public.hex(),
        "sealing_key": made.own.public.hex(),
    }


def _read(path: Path) -> Mapping[str, Json]:
    data = contents(path, most=_LARGEST, what="the edge's public file")
    try:
        value = canonical.read(data.strip())
    except Malformed:
        value = None
    if not isinstance(value, Mapping) or value.get("type") != "EdgeIdentity":
        raise Malformed(f"{path.name} is no edge's public file")
    return value


def _line(one: Json) -> str:
    if not isinstance(one, dict):
        return ""
    return f"{one['name']}  {one['kind']}  {str(one['digest'])[:16]}…{'  REVOKED' if one['revoked'] else ''}"
