"""`countenance gate neighbour|simulate`: whom a kiosk hears from, and a boarding before anybody builds a gate."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.gate_neighbour import neighbour
from countenance.cli.say import AsJson, answer, undeployed
from countenance.durable import files
from countenance.errors import Malformed
from countenance.gates import charts, simulating
from countenance.gates.simulating import Plan

gate = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Gates: kiosks that hear from each other, and boardings planned."
)
gate.command()(neighbour)
_USUAL = Plan()


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
