"""`countenance verify EVIDENCE`: the procedure of `evidence.verify`, as a checklist. Needs no server and no network."""

import functools
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from countenance.cli.say import AsJson, answer, genesis_in
from countenance.errors import CountenanceError, Malformed
from countenance.evidence import folder as folders
from countenance.evidence.repeat import repeat
from countenance.evidence.verify import Check, check
from countenance.faces import card as cards
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log.cosignature import claimed
from countenance.vocabulary.assurance import told as in_words
from countenance.vocabulary.deployment import Genesis

OF_THEMSELVES = (
    "A copy for the person themselves: they asked for it at a desk (GDPR Art. 15(3)). It holds one sighting of "
    "theirs; everyone else is covered."
)
UNPINNED = (
    "The genesis record came with the evidence. Compare its digest with the public register, or give the record with "
    "--genesis; otherwise this shows only that the folder agrees with itself."
)


def verify(
    evidence: Annotated[Path, typer.Argument(help="the folder that 'disclose' wrote")],
    genesis: Annotated[Path | None, typer.Option(help="the deployment's genesis.json, from its register")] = None,
    card: Annotated[Path | None, typer.Option(help="model card, if the extractor is not the built-in one")] = None,
    deployment: Annotated[
        Path | None, typer.Option(help="take genesis.json and extractor from this deployment, if not given")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Check an evidence folder, offline. Exit code 1 if anything does not hold."""
    named = genesis or (deployment / "genesis.json" if deployment else None)
    pinned = genesis_in(named) if named else None
    deployed = cards.place(deployment) if deployment else None
    own = card or (deployed if deployed is not None and deployed.exists() else None)
    checks, facts = _checked(evidence, functools.partial(repeat, own=own), pinned)
    holds = all(one.holds for one in checks)
    facts |= {
        "verified": holds,
        "pinned": pinned is not None,
        "checks": [{"number": c.number, "check": c.name, "holds": c.holds, "detail": c.detail} for c in checks],
    }
    if as_json:
        answer(facts, "", as_json=True)
    else:
        _show(checks, facts)
    return 0 if holds else 1


def _checked(
    evidence: Path, again: "functools.partial[str]", pinned: Genesis | None
) -> tuple[tuple[Check, ...], dict[str, Json]]:
    try:
        folder = folders.read(evidence)
    except Malformed:
        if not evidence.is_dir():
            raise
        return (Check(1, "folder", False, "a record in the folder cannot be read: it was altered"),), {}
    except CountenanceError as error:
        return (Check(1, "folder", False, str(error)),), {}
    told, logged = folder.disclosure.instructions.genesis, folder.disclosure.instructions.entries[-1:]
    named: list[Json] = [name for one in logged for name in claimed(one.proof.checkpoint)]
    first = Check(1, "folder", True, f"{len(folder.files)} files, each as listed")
    return (first, *check(folder, again, pinned)), {
        "demo": told.demo,
        "assurance": told.assurance.value,
        "for_themselves": folder.warrant.subject is not None,
        "witnesses_named": named,
        "genesis": records.digest(told).hex(),
        "disclosure": folder.digest.hex(),
    }


def _show(checks: tuple[Check, ...], facts: dict[str, Json]) -> None:
    console = Console(highlight=False)
    table = Table(show_header=False, box=None, padding=(0, 1))
    for _ in range(3):
        table.add_column()
    # A digest that is cut cannot be compared.
    table.add_column(overflow="fold")
    for one in checks:
        mark = "[green]✓[/]" if one.holds else "[bold red]✗[/]"
        table.add_row(mark, f"{one.number}", one.name, escape(_printable(one.detail)))
    if facts.get("demo"):
        console.print("DEMO: approvals and verdicts were made with key files. This is not evidence.", style="yellow")
    console.print(table)
    if facts.get("assurance"):
        console.print(f"Assurance: {in_words(str(facts['assurance']), _names(facts))}")
    if facts["verified"] and facts.get("for_themselves"):
        console.print(OF_THEMSELVES)
    if not facts["pinned"]:
        console.print(UNPINNED, style="yellow")
    verdict = "Everything holds." if facts["verified"] else "Something does not hold: do not rely on this folder."
    console.print(verdict, style="bold green" if facts["verified"] else "bold red")


def _names(facts: dict[str, Json]) -> list[str]:
    """Witnesses as the folder names them; their keys are not in it."""
    names = facts.get("witnesses_named")
    return [_printable(str(name)) for name in names] if isinstance(names, list) else []


def _printable(text: str) -> str:
    """Words from the folder may hold terminal escapes."""
    return "".join(letter for letter in text if letter.isprintable())
