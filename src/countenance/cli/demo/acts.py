"""What happens in the demo once the cameras have recorded: one function a step, each a few verbs and one sentence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from countenance.cli.demo.cast import Shown
from countenance.cli.demo.opening import ROSTER, Plot, rise, span
from countenance.cli.demo.stage import Stage, Step
from countenance.cli.demo.thief import ransack
from countenance.errors import CountenanceError, Refused
from countenance.vocabulary.faces import Box

REVIEWERS = ("police/reviewer-1", "court-b/reviewer-2")
APPROVERS = ("court-b/judge-1", "station/dpo-1")


def _thief(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("thief", "a stranger copies the whole repository and searches every byte of it") as step:
        stolen = stage.out / "stolen"
        shutil.copytree(stage.deployment / "repository", stolen, ignore=_sockets)
        names = [*(person for person, _, _ in ROSTER), *plot.cast.names]
        with stage.console.status("searching …"):
            loot = ransack(stolen, plot.cast.templates(), names)
        shutil.rmtree(stolen)
        if loot.pictures or loot.playable or loot.names:
            raise CountenanceError("the thief found something: this must never happen, please report it")
        step.tell(
            f"{loot.total_bytes // 1000} kB in {loot.files} files: 0 pictures, 0 videos that play, 0 names; "
            f"{loot.rows} rows, best comparison score {loot.best_score:.2f} (random bytes: {loot.chance_score:.2f})",
            {
                "files": loot.files,
                "pictures": 0,
                "playable": 0,
                "names": 0,
                "rows": loot.rows,
                "best_score": round(loot.best_score, 3),
                "chance_score": round(loot.chance_score, 3),
            },
        )


def _sockets(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "socket"]


def _alone(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("alone", "an officer drafts a warrant and tries to search without anybody") as step:
        start, end = span()
        cameras = [word for camera in plot.cast.cameras for word in ("--camera", camera)]
        drafted = stage.verb(
            *("warrant", "draft", "--case", "demo-1", "--purpose", "missing person", "--basis", "demo: consent"),
            *cameras,
            *("--from", start, "--to", end, "--probe", plot.cast.probe, "--uses", 5, "--candidates", 20),
            person="officer-1",
        )
        plot.warrant = drafted["warrant"]
        refusals = [_refused(stage, "search", plot.warrant), _refused(stage, "warrant", "sign", plot.warrant, "--yes")]
        step.tell("refused twice, both are entries in the log", {"refusals": refusals})


def _refused(stage: Stage, *words: str) -> str:
    try:
        stage.verb(*words, person="officer-1")
    except Refused as refusal:
        stage.say(f"refused: {refusal}")
        return str(refusal)
    raise CountenanceError("the officer was not refused: this must never happen, please report it")


def _approve(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("approve", "two approvers of two organisations read the warrant and sign its hash") as step:
        answers = [stage.verb("warrant", "sign", plot.warrant, "--yes", person=person) for person in APPROVERS]
        step.tell(
            f"{answers[-1]['approvals']} of {answers[-1]['needed']} signatures", {"approvals": answers[-1]["approvals"]}
        )


def _search(plot: Plot) -> None:
    with plot.stage.step("search", "the same officer searches again") as step:
        answer = plot.stage.verb("search", plot.warrant, person="officer-1")
        plot.candidates = list(answer["candidates"])
        if not plot.candidates:
            raise CountenanceError(
                "the search found nobody: with your own video, choose a person who is seen more clearly"
            )
        step.tell(
            f"{len(plot.candidates)} candidates among {answer['rows']} sightings, {_complete(answer)}", _facts(answer)
        )


def _facts(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: answer[key] for key in ("rows", "partitions", "threshold", "incomplete")} | {
        "candidates": len(answer["candidates"])
    }


def _complete(answer: dict[str, Any]) -> str:
    return f"incomplete: {'; '.join(answer['incomplete'])}" if answer["incomplete"] else "complete"


def _review(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("review", "two reviewers look at each candidate, blind to each other") as step:
        stage.say(plot.cast.verdicts_from)
        for candidate in plot.candidates:
            outcome = ""
            camera = str(stage.verb("sightings", "show", candidate, quiet=True)["camera"])
            for reviewer in REVIEWERS:
                still = stage.verb("review", plot.warrant, candidate, person=reviewer, quiet=True)
                shown = Shown(camera, int(still["moment"]), Box(*still["box"]), Path(still["picture"]))
                verdict = plot.cast.verdict(shown)
                answer = stage.verb("review", plot.warrant, candidate, "--verdict", verdict, person=reviewer)
                outcome = answer["outcome"]
            stage.say(f"{candidate[:8]}…: {outcome}")
            if outcome == "confirmed":
                plot.confirmed.append(candidate)
        if not plot.confirmed:
            raise Refused("no candidate was confirmed by both reviewers, so nothing may be disclosed")
        step.tell(
            f"{len(plot.confirmed)} of {len(plot.candidates)} confirmed by both", {"confirmed": len(plot.confirmed)}
        )


def _length(stage: Stage, sighting: str) -> int:
    shown = stage.verb("sightings", "show", sighting, quiet=True)
    return int(shown["end"]) - int(shown["start"])


def _disclose(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("disclose", "the confirmed person is uncovered in a clip; everyone else stays covered") as step:
        chosen = max(plot.confirmed, key=lambda candidate: _length(stage, candidate))
        with stage.console.status("composing …"):
            stage.verb("disclose", plot.warrant, chosen, "--out", stage.out / "evidence", person="officer-1")
        files = sorted(path.name for path in (stage.out / "evidence").iterdir())
        step.tell(f"evidence with {len(files)} files, delivered sealed to the officer", {"files": files})


def _verify(plot: Plot) -> None:
    with plot.stage.step("verify", "anyone checks the evidence, offline") as step:
        answer = plot.stage.verb(
            "verify", plot.stage.out / "evidence", "--genesis", plot.stage.deployment / "genesis.json"
        )
        if not answer["verified"]:
            raise CountenanceError("the evidence does not verify: this must never happen, please report it")
        step.tell(f"{len(answer['checks'])} checks, all hold", {"checks": len(answer["checks"])})


def _erase(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("erase", "the person asks for deletion; a clerk brings it, two approvers sign") as step:
        _pause(stage)
        shutil.copytree(stage.deployment / "repository", stage.out / "backup", ignore=_sockets)
        rise(stage)
        stage.say(f"a backup of the repository from before the erasure lies in {stage.out.name}/backup")
        asked = stage.verb("erase", *plot.candidates, "--reason", "request of the subject", person="station/clerk-1")
        answers = [stage.verb("erase", "sign", asked["request"], person=person) for person in APPROVERS]
        receipt = answers[-1]["receipt"]
        (stage.out / "receipt.json").write_text(json.dumps(receipt, indent=1))
        step.tell(
            f"{len(receipt['sightings'])} sightings erased; log entries {receipt['ordered_entry']} and "
            f"{receipt['erased_entry']} prove it",
            {"erased": len(receipt["sightings"]), "receipt": receipt},
        )


def _pause(stage: Stage) -> None:
    """End the deployment's processes, as before any copy of the repository that is to be a backup."""
    stage.stop_all()


def _search_again(plot: Plot) -> None:
    with plot.stage.step("search-again", "the same search under the same warrant") as step:
        _finds_nothing(plot, step)


def _finds_nothing(plot: Plot, step: Step) -> None:
    answer = plot.stage.verb("search", plot.warrant, person="officer-1")
    if answer["candidates"]:
        raise CountenanceError("an erased sighting was found: this must never happen, please report it")
    step.tell(f"nothing among {answer['rows']} sightings, {_complete(answer)}", _facts(answer))


def _restore(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("restore", "the repository is put back from the backup made before the erasure") as step:
        _pause(stage)
        shutil.rmtree(stage.deployment / "repository")
        shutil.copytree(stage.out / "backup", stage.deployment / "repository")
        rise(stage)
        _finds_nothing(plot, step)


def _audit(plot: Plot) -> None:
    stage = plot.stage
    with stage.step("audit", "an auditor checks the whole record") as step:
        _pause(stage)
        report = stage.verb("audit", stage.deployment, "--key", stage.out / "keys" / "auditors.key")
        if report["irregularities"]:
            raise CountenanceError(f"the audit found irregularities: {report['irregularities'][:3]}")
        step.tell(
            f"{report['entries']} entries, no irregularity; assurance {report['assurance']}, UNWITNESSED",
            {"entries": report["entries"], "irregularities": 0, "assurance": report["assurance"]},
        )


ACTS: tuple[Callable[[Plot], None], ...] = (
    _thief,
    _alone,
    _approve,
    _search,
    _review,
    _disclose,
    _verify,
    _erase,
    _search_again,
    _restore,
    _audit,
)
