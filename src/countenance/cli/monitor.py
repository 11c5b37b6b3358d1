"""`countenance monitor`: follow a log, and say by rule what is wrong with it. Needs no key and no deployment."""

import json as json_text
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.log_source import source_of
from countenance.cli.say import AsJson, Deployment, contents
from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import monitor as following
from countenance.log import note
from countenance.log.monitor import Round, Seen
from countenance.vocabulary.deployment import Genesis

_LARGEST = 64 * 1024
_CONTRADICTIONS = {"rollback", "fork"}


def monitor(
    target: Annotated[str, typer.Argument(help="a deployment, its repository, a log folder, or a URL")],
    *,
    state: Annotated[Path, typer.Option(help="the file that remembers what was seen")] = Path("monitor.json"),
    genesis: Annotated[Path | None, typer.Option(help="the genesis record you were given; else the log's own")] = None,
    witness: Annotated[list[str] | None, typer.Option(help="a witness's verifier key; repeat it")] = None,
    require: Annotated[int, typer.Option(min=0, help="how many of them must have cosigned")] = 0,
    once: Annotated[bool, typer.Option("--once", help="look once; else every --every seconds, for ever")] = False,
    every: Annotated[int, typer.Option(min=1, help="seconds between two looks")] = 60,
    deployment: Deployment = Path(),
    json: AsJson = False,
) -> None:
    """Follow a log: signature, growth without rewriting, tiles, cosignatures, time. Exit code 1 if a rule is broken."""
    del deployment
    named = [note.verifier_key(text) for text in witness or []]
    if require > len(named):
        raise Malformed("more cosignatures are required than witnesses are named: name them with --witness")
    while True:
        try:
            done = _looked(target, state, genesis, named, require)
        except (Unavailable, Malformed) as error:
            if once:
                raise
            _say({"error": error.name, "message": str(error)}, f"{error.name}: {error}", as_json=json)
            time.sleep(every)
            continue
        _say(_plain(done), _told(done), as_json=json)
        if done.broken:
            raise typer.Exit(1)
        if once:
            return
        time.sleep(every)


def _looked(target: str, state: Path, genesis: Path | None, named: list[note.VerifierKey], require: int) -> Round:
    source = source_of(target)
    given = records.read(Genesis, contents(genesis, most=_LARGEST, what="a genesis record")) if genesis else None
    fresh = following.begin(given or source.genesis)
    before = _remembered(state) or fresh
    if (before.origin, before.key) != (fresh.origin, fresh.key) or source.genesis.log_key != before.key:
        raise Tampered(
            "this is another log than the one that was followed: keep the file of --state, call the auditors"
        )
    now = time.time_ns() // 1_000_000
    done = following.follow(source.fetch, before, named, required=require, now=now)
    evidence = state.with_name(f"{state.name}.evidence")
    if {one.rule for one in done.broken} & _CONTRADICTIONS and not evidence.exists():
        # Two signed checkpoints that contradict each other are proof against the log's operator: the first is kept.
        files.write(evidence, done.note.encode())
    if done.after != before:
        files.write(state, records.write(done.after))
    return done


def _remembered(state: Path) -> Seen | None:
    try:
        return records.read(Seen, state.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, CountenanceError) as error:
        raise Malformed(f"{state.name} is no monitor's memory: name another file with --state") from error


def _plain(done: Round) -> dict[str, Json]:
    return {
        "entries": done.size,
        "grown": done.grown,
        "cosigned": list(done.cosigned),
        "irregularities": [{"rule": one.rule, "what": one.what} for one in done.broken],
    }


def _told(done: Round) -> str:
    lines = [f"{one.rule}: {one.what}" for one in done.broken]
    return (
        "\n".join(lines) or f"{done.size} entries, {done.grown} new, cosigned by {len(done.cosigned)}: as it should be"
    )


def _say(facts: dict[str, Json], sentence: str, *, as_json: bool) -> None:
    plain = "".join(letter for letter in sentence if letter.isprintable() or letter == "\n")
    typer.echo(json_text.dumps(facts) if as_json else plain)
    sys.stdout.flush()
