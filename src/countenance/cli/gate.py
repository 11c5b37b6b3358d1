"""`countenance gate home|kiosk|neighbour|officer|simulate`: a kiosk at a gate, its officers, a boarding beforehand.

`kiosk NAME` makes `edge/NAME` with `gate.json`, by which `countenance run` serves its pages; `officer NAME PERSON`
takes on the passkey that the person made on the officer page. Both are done at the kiosk's own terminal.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.gate_home import home
from countenance.cli.gate_neighbour import neighbour
from countenance.cli.roster import check_fingerprints
from countenance.cli.say import AsJson, Deployment, answer, contents, genesis_of, undeployed
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.gates import charts, simulating
from countenance.gates.simulating import Plan
from countenance.vocabulary.gates import MOST_ALLOWED
from countenance.web.gate.officers import Officers
from countenance.zones.edge import gate_place, identity

gate = typer.Typer(no_args_is_help=True, add_completion=False, help="Gates: kiosks, officers, and boardings planned.")
gate.command()(neighbour)
gate.command()(home)
_USUAL = Plan()
# Bytes of a registration; real ones have a few thousand.
_LARGEST = 256 * 1024


@gate.command()
def kiosk(
    name: str,
    *,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="of its pages, on this machine")] = gate_place.PORT,
    allowed_seconds: Annotated[
        int, typer.Option(min=0, max=MOST_ALLOWED // 1000, help="that the lane without a face may take longer")
    ] = 5,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make this machine a gate's kiosk, or change where its pages are; its keys are made if it has none."""
    made = name not in identity.names(deployment)
    known = identity.create(deployment, name) if made else identity.load(deployment, name)
    place = gate_place.GatePlace(port, 1000 * allowed_seconds)
    gate_place.write(deployment, name, place)
    facts = {"name": name, "origin": place.origin, "signing_key": known.signing.public.hex(), "made": made}
    answer(facts, f"{name}: {place.origin}, once 'countenance run' runs; officers at /officer/", as_json=as_json)


@gate.command()
def officer(
    name: str,
    person: Annotated[str, typer.Argument(help="a role name, e.g. officer-1")],
    *,
    registration: Annotated[Path | None, typer.Option(help="the file that they saved on the officer page")] = None,
    fingerprint: Annotated[str, typer.Option(help="what they read out; anything else is refused")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="take them off")] = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Let somebody open the officer page of a gate's kiosk with their passkey, or not any more."""
    if (registration is None) is not remove:
        raise Malformed("give --registration with a file from the officer page, or --remove")
    place = gate_place.read(deployment, name)
    known = Officers(gate_place.officers(deployment, name), genesis_of(deployment), place.origin)
    if registration is None:
        gone = known.remove(person)
        if not gone:
            raise Refused(f"{person} is no officer of {name}: nothing was changed")
        answer({"person": person, "removed": gone}, f"{person} is out of {name} within 15 minutes", as_json=as_json)
        return
    data = contents(registration, most=_LARGEST, what="a registration")
    check_fingerprints([data], [fingerprint] if fingerprint else [])
    vouched = known.add(person, data.strip())
    answer({"person": person, "vouched": vouched}, f"{person} may sign in at {place.origin}/officer/", as_json=as_json)


@gate.command("simulate")
@undeployed
def simulate(
    *,
    travellers: Annotated[int, typer.Option(help="how many board")] = _USUAL.travellers,
    opt_out: Annotated[float, typer.Option(help="share who go by the other lane")] = _USUAL.opt_out,
    kiosks: Annotated[int, typer.Option(help="at the face lane")] = _USUAL.kiosks,
    officers: Annotated[int, typer.Option(help="at the other lane, who also come when called")] = _USUAL.officers,
    missed: Annotated[float, typer.Option(help="share of whom no picture is good enough")] = _USUAL.missed,
    fnmr: Annotated[float, typer.Option(help="share whom a comparison misses")] = _USUAL.fnmr,
    face_seconds: Annotated[float, typer.Option(help="median at a kiosk")] = _USUAL.face_seconds,
    other_seconds: Annotated[float, typer.Option(help="median at an officer")] = _USUAL.other_seconds,
    officer_seconds: Annotated[float, typer.Option(help="median after a call")] = _USUAL.officer_seconds,
    spread: Annotated[float, typer.Option(help="of times: standard deviation of the logarithm")] = _USUAL.spread,
    minutes: Annotated[float, typer.Option(help="in which travellers come to the gate")] = _USUAL.minutes,
    seed: Annotated[int, typer.Option(help="the same seed draws the same boarding")] = 8,
    out: Annotated[Path | None, typer.Option(help="write a page with a chart to this file, .html or .svg")] = None,
    as_json: AsJson = False,
) -> None:
    """Board so many travellers by two lanes: queues, false rejects, missed captures, staff, people a minute."""
    if not 0 <= seed < 2**63:
        raise Malformed("a seed is a whole number that is not negative")
    plan = Plan(
        travellers, opt_out, kiosks, officers, missed, fnmr, face_seconds, other_seconds, officer_seconds, spread,
        minutes,
    )  # fmt: skip
    found = simulating.board(plan, seed)
    if out is not None:
        drawn = charts.chart(found).encode() if out.suffix == ".svg" else charts.page(found)
        files.write(out, drawn, mode=0o644)
    facts = {
        **asdict(found),
        "rally": {"goal_per_minute": 60 / simulating.RALLY_GOAL, "least_per_minute": 60 / simulating.RALLY_MOST},
        "sources": simulating.SOURCES,
    }
    written = f"\n{out}: page with chart" if out else ""
    answer(facts, f"{charts.text(found)}\n{charts.sentence(found)}{written}", as_json=as_json)
