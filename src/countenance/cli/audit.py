"""`countenance audit`: does a log prove itself, and did the deployment keep its rules?

Reads a deployment's directory, a repository's, a log folder, or the URL of one of them; writes nothing and asks no
process. With the auditors' key, or where the custodian's journal can be read, every rule is checked.
"""

import json as json_text
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from countenance.cli import log_export
from countenance.cli.accounts import BESIDE
from countenance.cli.log_source import Source, beside, source_of
from countenance.cli.say import AsJson, Deployment
from countenance.crypto import keypair
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed
from countenance.evaluation import sequential
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import note
from countenance.log.audit import Report, Unseal, examine
from countenance.log.lives import Figure, Life
from countenance.vocabulary.assurance import told
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Witness
from countenance.vocabulary.moments import written


def audit(
    target: Annotated[str, typer.Argument(help="a deployment, its repository, a log folder, or a URL")] = "",
    *,
    key: Annotated[Path | None, typer.Option("--key", help="the auditors' key file")] = None,
    witness: Annotated[list[str] | None, typer.Option(help="a witness's verifier key, if entries are sealed")] = None,
    export: Annotated[Path | None, typer.Option(help="a new folder for the entries that --key opens")] = None,
    deployment: Deployment = Path(),
    json: AsJson = False,
) -> None:
    """Check a log: order, completeness, and with the auditors' key every rule. Exit code 1 if anything is irregular."""
    source = source_of(target or str(deployment))
    opening = _opening(key, source.genesis) if key else None
    named = [_named(text) for text in witness or []]
    report = examine(source.fetch, source.genesis, opening, source.journal, named, beyond=sequential.beyond)
    if export is not None:
        if opening is None:
            raise Malformed("only the auditors' key opens published entries: give --key with --export")
        log_export.write(export, source, opening)
    others = {}
    for zone in BESIDE:
        if (other := beside(target or str(deployment), zone)) is not None:
            others[zone] = (examine(other.fetch, other.genesis, None, other.journal, beyond=sequential.beyond), other)
    if json:
        every = {zone: _plain(*others[zone]) if zone in others else None for zone in BESIDE}
        typer.echo(json_text.dumps({**_plain(report, source), **every}))
    else:
        for side in ((report, source), *others.values()):
            _show(*side, Console())
    if any(one.irregularities or read.damage for one, read in ((report, source), *others.values())):
        raise typer.Exit(1)


def _named(text: str) -> Witness:
    """A witness that the auditor names: its name stands for its organisation."""
    key = note.verifier_key(text)
    return Witness(key.name, key.name, "", key.public)


def _opening(key: Path, genesis: Genesis) -> Unseal:
    try:
        plain = json_text.loads(key.read_text(encoding="utf-8"))
        private = bytes.fromhex(plain["private"]) if plain["type"] == "AuditorsKey" else b""
        public = keypair.from_private(private).public
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Malformed(f"{key.name} is not an auditors' key file") from error
    if public != genesis.auditors_key:
        raise Malformed(f"{key.name} is not the key of this deployment's auditors")
    return lambda info, sealed: unseal(private, info, sealed)


def _plain(report: Report, source: Source) -> dict[str, Any]:
    found: list[Json] = [{"entry": one.index, "what": one.what} for one in report.irregularities]
    found += [{"entry": -1, "what": what} for what in source.damage]
    return {
        "origin": source.genesis.log_origin,
        "genesis": records.digest(source.genesis).hex(),
        "demo": source.genesis.demo,
        "assurance": report.assurance.value,
        "entries": report.entries,
        "published": report.published,
        "verified": report.verified,
        "rules_checked": report.rules_checked,
        "pending": report.pending,
        "figures": dict(report.figures),
        "founded": source.genesis.assurance.value,
        "cosigned": list(report.cosigned),
        "warrants": [_life(life) for life in report.lives],
        "irregularities": found,
    }


def _life(life: Life) -> dict[str, Json]:
    return {name: getattr(life, name) for name in _OF_A_LIFE}


_OF_A_LIFE = (
    *("warrant", "requester", "purpose", "urgent", "drafted", "versions", "approvals", "declined", "uses", "searches"),
    *("candidates", "stills", "confirmed", "not_confirmed", "disclosures", "unknown", "expires", "secrecy_end"),
    *("cameras", "hours"),
)


def _show(report: Report, source: Source, console: Console) -> None:
    genesis = source.genesis
    demo = ", DEMO (file keys count as approvals)" if genesis.demo else ""
    summary = Table(show_header=False, box=None, padding=(0, 2))
    summary.add_column()
    # A digest that is cut cannot be compared.
    summary.add_column(overflow="fold")
    for name, value in (
        ("log", genesis.log_origin),
        ("genesis", f"{records.digest(genesis).hex()} (compare it with the register)"),
        ("assurance", f"{told(report.assurance.value, report.cosigned)}{demo}"),
        ("entries", f"{report.entries}, of them published: {report.published}"),
        ("cosigned by", ", ".join(report.cosigned) or "nobody that this audit knows: see --witness"),
        ("read", f"{report.verified} entries are what their leaves say"),
        ("under way", f"{report.pending} acts have no outcome yet"),
        ("rules", "every rule checked" if report.rules_checked else "NOT checked: give the auditors' key with --key"),
    ):
        summary.add_row(name, value)
    console.print(summary, highlight=False, markup=False)
    if report.figures:
        figures = Table("figure", "number")
        for name, count in report.figures:
            figures.add_row(name, _figure(count))
        console.print(figures)
    if report.lives:
        console.print(_lives(report.lives), markup=False)
    found = [(str(one.index) if one.index >= 0 else "the log", one.what) for one in report.irregularities]
    found += [("the log", what) for what in source.damage]
    if not found:
        console.print("No irregularity was found.", style="bold green")
        return
    table = Table("entry", "irregularity")
    for where, what in found:
        table.add_row(where, what)
    console.print(table, markup=False)
    console.print(f"{len(found)} irregularities were found.", style="bold red")


def _figure(value: Figure) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {count}" for name, count in value.items()) or "none"
    return "not said" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _lives(lives: Sequence[Life]) -> Table:
    table = Table("warrant", "by", "approved", "searched", "candidates", "confirmed", "disclosed", "secret until")
    for life in lives:
        table.add_row(
            life.warrant,
            life.requester,
            f"{life.approvals}, declined {life.declined}, version {life.versions}",
            f"{life.searches} of {life.uses}",
            str(life.candidates),
            f"{life.confirmed} of {life.confirmed + life.not_confirmed}",
            str(life.disclosures),
            written(life.secrecy_end) if life.secrecy_end else "no end is named",
        )
    return table
