"""The console, measured: camera to wall, face to alert, search, seeking, first paint, and a hundred viewers.

    python benchmarks/console.py [--rows N] [--viewers N] [--json]

Each part is a benchmark of its own, run one after the other in deployments of their own, with baselines of their own:
`console_wall`, `console_search`, `console_seek`; and here:

* alert: a standing gallery before a camera that plays a clip in real time, a reviewer at the console's page in
  Chromium. From the last moment in which the person was seen until the alert stands on the page; `track` is what of it
  passes until the track is over, `page` from the alert at the gallery custodian to the page.
* first paint: first contentful paint of pages by somebody who is signed in, in Chromium on this machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from countenance.cli.demo.acts import APPROVERS, REVIEWERS  # noqa: E402 - the proofs stand beside the tests
from countenance.cli.demo.opening import found  # noqa: E402
from countenance.cli.demo.stage import Stage  # noqa: E402
from countenance.formats import records  # noqa: E402
from countenance.vocabulary.deployment import Genesis  # noqa: E402
from journeys.people import Visitor  # noqa: E402
from prove import scenes  # noqa: E402
from prove.approvers import chromium  # noqa: E402
from prove.test_gallery import _drafted, _founded  # noqa: E402

REVIEWER, PAGES = REVIEWERS[0], ("/", "/alerts", "/log")
PLAYS, PAINTS = 6, 7
WATCH = """() => {
    window.seen = {};
    new MutationObserver(() => {
        for (const row of document.querySelectorAll("#alerts tr")) window.seen[row.dataset.alert] ??= Date.now();
    }).observe(document.getElementById("alerts"), { childList: true });
}"""
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1"


def alerts_and_paints(plays: int) -> dict[str, Any]:
    """What a reviewer's browser sees of a gallery that stands, and how soon pages are painted."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), as_json=True, console=Console(stderr=True))
        (stage.out / "keys").mkdir()
        try:
            found(stage)
            scenes.camera(stage)
            _founded(stage)
            genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
            assert genesis.console is not None
            with chromium() as browser:
                reviewer = _signed_in(stage, Visitor.at(browser, genesis.console.origin, REVIEWER))
                gallery = _drafted(stage)
                for approver in APPROVERS:
                    stage.verb("gallery", "sign", gallery, "--yes", person=approver)
                found_alerts = _alerts(stage, reviewer, plays)
                return {"alert_ms": found_alerts, "first_paint_ms": _paints(reviewer)}
        finally:
            stage.stop_all()


def _signed_in(stage: Stage, reviewer: Visitor) -> Visitor:
    file, fingerprint = reviewer.enrol(stage.out / "keys")
    for where in ((), ("--gallery",)):
        facts = ("--organisation", "police", "--role", "reviewer", "--fingerprint", fingerprint)
        stage.verb("roster", "add", REVIEWER, *facts, "--registration", file, *where)
    reviewer.sign_in()
    return reviewer


def _alerts(stage: Stage, reviewer: Visitor, plays: int) -> dict[str, Any]:
    reviewer.go("/alerts")
    reviewer.page.wait_for_selector("#state.good")
    reviewer.page.evaluate(WATCH)
    for _ in range(plays):
        stage.finished(stage.start("watch", scenes.CAMERA, "--until-end", "--pace"), "watch")
    time.sleep(3)
    seen: dict[str, int] = reviewer.page.evaluate("() => window.seen")
    told = stage.verb("gallery", "alerts", person=REVIEWER, quiet=True)["alerts"]
    shown = [(one, seen[one["alert"]]) for one in told if one["alert"] in seen]
    whole = [float(at - one["moment"]) for one, at in shown]
    return {
        **spread(whole),
        "alerts": len(shown),
        "until_made": spread([float(one["made"] - one["moment"]) for one, _ in shown]),
        "page": spread([float(at - one["made"]) for one, at in shown]),
    }


def _paints(reviewer: Visitor) -> dict[str, float]:
    taken: dict[str, float] = {}
    for path in PAGES:
        times = []
        for _ in range(PAINTS):
            reviewer.go(path)
            # Not by wait_for_function, which the pages' policy forbids: it evaluates.
            while (painted := float(reviewer.page.evaluate(PAINTED))) < 0:
                time.sleep(0.05)
            times.append(painted)
        taken[path] = round(statistics.median(times), 1)
    return taken


def spread(values: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    if not values:
        return {"median": -1.0, "p95": -1.0}
    return {"median": round(statistics.median(values), 1), "p95": round(float(np.percentile(values, 95)), 1)}


def part(name: str, *options: object) -> dict[str, Any]:
    """The figures of another benchmark."""
    command = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), *map(str, options), "--json"]
    sys.stderr.write(f"{name} …\n")
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measured(rows: int, viewers: int) -> dict[str, Any]:
    """Everything, one part after the other."""
    wall, here = part("console_wall", "--viewers", viewers), alerts_and_paints(PLAYS)
    seek, search = part("console_seek"), part("console_search", "--rows", rows)
    return {
        "glass_to_wall_ms": {**wall["glass_to_wall_ms"], "where": wall["real"], "forty": wall["forty"]},
        "alert_ms": here["alert_ms"],
        "search_answer_ms": search["search_answer_ms"],
        "seek_ms": {**seek["seek_ms"], "where": seek},
        "first_paint_ms": max(here["first_paint_ms"].values()),
        "first_paints_ms": here["first_paint_ms"],
        "viewers": wall.get("viewers", {}),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="sightings in the search's scope")
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--only", choices=["alerts"], help="alerts and first paint alone")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    told = alerts_and_paints(PLAYS) if chosen.only else measured(chosen.rows, chosen.viewers)
    if chosen.json:
        print(json.dumps(told))
    else:
        for name, value in told.items():
            print(f"{name:18} {json.dumps(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
