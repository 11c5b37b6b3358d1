"""`countenance demo`: the whole system on this machine, told in twelve steps.

record, thief, alone, approve, search, review, disclose, verify, erase, search-again, restore, audit. Every step runs
the same verbs a user types. At a terminal everything then runs on, see `staying`. Footage is made at run time from
portraits that ship inside packages, or is the user's own. The persons of the story are roles: they hold key files,
which count as approvals in demo deployments only.
"""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from countenance.cli.demo import staying
from countenance.cli.demo.acts import ACTS
from countenance.cli.demo.opening import record
from countenance.cli.demo.stage import Stage
from countenance.errors import Malformed, Refused


def demo(
    footage: Annotated[Path | None, typer.Option(help="your own video instead of the packaged people")] = None,
    webcam: Annotated[bool, typer.Option("--webcam", help="a ten-second take from /dev/video0")] = False,
    out: Annotated[Path, typer.Option(help="where everything is written; replaced if it is a demo's")] = Path(
        "demo-out"
    ),
    serve: Annotated[bool, typer.Option(help="run on after the story, until Ctrl-C; only at a terminal")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a step")] = False,
    deployment: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> int:
    """See the whole system work on this machine, in a few minutes."""
    del deployment
    if footage and webcam:
        raise Malformed("give --footage or --webcam, not both")
    if footage and not footage.is_file():
        raise Malformed(f"there is no video at {footage}")
    out = out.resolve()
    _clear(out)
    console = Console(stderr=as_json)
    stage = Stage(out=out, as_json=as_json, console=console)
    if not as_json:
        console.print(
            Panel(
                "DEMO: file keys, one machine, no witnesses. Good for seeing how it works, not for use.", style="yellow"
            )
        )
    try:
        plot = record(stage, footage, webcam=webcam)
        for act in ACTS:
            act(plot)
        if not as_json:
            console.print(_what_to_open(out))
        if serve and staying.wanted():
            staying.stay(plot)
    finally:
        stage.stop_all()
    return 0


def _clear(out: Path) -> None:
    if out.exists():
        if any(out.iterdir()) and not (out / "deployment").is_dir():
            raise Refused(f"{out} is not empty and not a demo's: choose another --out")
        shutil.rmtree(out)
    (out / "keys").mkdir(parents=True, mode=0o700)
    (out / "footage").mkdir()


def _what_to_open(out: Path) -> Panel:
    shown = {
        "footage": "what the cameras saw",
        "people.png": "whom you could choose from, covered",
        "covered": "what was stored, decrypted: nobody to recognise",
        "evidence/index.html": "what the court gets: one person, everyone else covered",
        "receipt.json": "the receipt of the erasure",
    }
    lines = [f"  {out.name}/{name:21} {what}" for name, what in shown.items() if _holds(out / name)]
    command = Path(sys.argv[0]).name
    tries = [f"  {command} audit {out.name}/deployment", f"  {command} verify {out.name}/evidence"]
    return Panel("\n".join(["Open these:", *lines, "And try:", *tries]), title="DEMO", expand=False)


def _holds(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))
