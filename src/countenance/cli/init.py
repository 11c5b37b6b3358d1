"""`countenance init`: a new deployment, whole or not at all.

Everything is made in a directory beside the place it goes to and renamed at the end. The custodian's part is made by
the custodian's own program, which reads the passphrase from a pipe; this process never holds the root key.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from countenance.cli import approval, share_pages
from countenance.cli.custodian import first_line
from countenance.cli.edge import public_half
from countenance.cli.policy import named
from countenance.cli.say import AsJson, Deployment, answer
from countenance.durable import files
from countenance.errors import BY_NAME, CountenanceError, Malformed, Refused, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.warrants import policy as policies
from countenance.zones.edge import identity

ZONES = ("edge", "repository", "custodian")
# Checked again by the custodian's program, which has the last word.
_SHORTEST_PASSPHRASE = 12
_MOST_SHARES = 16


@dataclass(frozen=True, slots=True, repr=False)
class _Choices:
    demo: bool
    quorum: int
    secret: Mapping[str, Json]
    second: Mapping[str, Json] | None
    approval: ApprovalOrigin
    console: ApprovalOrigin
    portal: ApprovalOrigin
    policy: str


def init(
    directory: Annotated[Path | None, typer.Argument(help="where; instead of --deployment")] = None,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="file keys count as approvals, for good; printed everywhere")
    ] = False,
    quorum: Annotated[int, typer.Option(min=2, help="persons who must approve a search")] = 2,
    shares: Annotated[str, typer.Option(help="K/N: the root key in N shares (SLIP-39), any K open it")] = "",
    print_shares: Annotated[Path | None, typer.Option(help="a new folder: a page a holder, instead of showing")] = None,
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase of the root key")] = None,
    custodians: Annotated[int, typer.Option(min=1, max=2, help="2: nothing stored opens without both")] = 1,
    second_shares: Annotated[str, typer.Option(help="as --shares, of the second custodian's own root key")] = "",
    second_passphrase_file: Annotated[Path | None, typer.Option(help="as --passphrase-file, of the second's")] = None,
    policy: Annotated[str, typer.Option(help="what may be searched for: eu, strict, or a file")] = "eu",
    auditors_key: Annotated[Path | None, typer.Option(help="where to write the auditors' private key")] = None,
    approval_origin: Annotated[str, typer.Option(help="where people will approve, for good")] = approval.DEFAULT_ORIGIN,
    console_origin: Annotated[str, typer.Option(help="where people will sign in, for good")] = approval.DEFAULT_CONSOLE,
    portal_origin: Annotated[str, typer.Option(help="where anybody may ask, for good")] = approval.DEFAULT_PORTAL,
    attestation_root: Annotated[
        list[Path] | None, typer.Option(help="certificates (PEM) of authenticators that count here; repeat it")
    ] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make a new deployment in an empty or new directory: custodian, log, probe helper; nothing runs yet."""
    place = (directory or deployment).absolute()
    _check_empty(place)
    if auditors_key is not None and auditors_key.exists():
        raise Refused(f"{auditors_key.name} exists already; choose another file for the auditors' key")
    if custodians == 1 and (second_shares or second_passphrase_file is not None):
        raise Malformed("a second root key is a second custodian's: give --custodians 2 as well")
    if print_shares is not None:
        if not shares and not second_shares:
            raise Malformed("only shares are printed: give --shares K/N or --second-shares with --print-shares")
        share_pages.check(print_shares.absolute())
    origin = approval.founded(approval_origin, attestation_root or (), demo=demo)
    console = approval.founded_console(console_origin, origin)
    portal = approval.founded_portal(portal_origin, (origin, console))
    rules = policies.read(named(policy))
    own = secret(shares, passphrase_file)
    whose = "the second custodian's root key"
    second = secret(second_shares, second_passphrase_file, whose) if custodians == 2 else None
    if second is not None and second.get("passphrase", "") == own.get("passphrase"):
        raise Malformed("both root keys have the same passphrase, so that one secret would open both: choose another")
    choices = _Choices(demo, quorum, own, second, origin, console, portal, rules.text)
    made = _build(place, choices, auditors_key)
    pages = 0
    for split, held, of in ((shares, "shares", "the root key"), (second_shares, "second_shares", whose)):
        if print_shares and split:
            pages += _printed(print_shares, made, held, threshold=sharing(split)[0], whose=of)
    kept = (auditors_key or place / "auditors.key").absolute()
    facts: dict[str, Json] = {
        "deployment": made["deployment"],
        "directory": str(place),
        "demo": demo,
        "quorum": quorum,
        "custodians": custodians,
        "assurance": "single-host",
        "policy": rules.hash.hex(),
        "auditors_key": str(kept),
        "shares": made["shares"],
        "second_shares": made["second_shares"],
        "pages": pages,
        "approval_origin": origin.origin,
        "console_origin": console.origin,
        "portal_origin": portal.origin,
        "attestation_roots": len(origin.roots),
    }
    answer(facts, _told(facts, made["shares"], made["second_shares"]), as_json=as_json)


def _printed(folder: Path, made: dict[str, Any], held: str, *, threshold: int, whose: str) -> int:
    """Write the pages and show the shares no more; where the pages cannot be written, the shares are shown instead."""
    deployment = str(made["deployment"])
    try:
        pages = share_pages.write(
            folder.absolute(), made[held], threshold=threshold, deployment=deployment, whose=whose
        )
    except CountenanceError:
        return 0
    made[held] = []
    return pages


def _build(place: Path, choices: _Choices, auditors_key: Path | None) -> dict[str, Any]:
    """Make everything beside `place`, then move it there. What fails leaves nothing."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".init", dir=place.parent))
    except OSError as error:
        raise Unavailable(f"nothing can be written beside {place.name} ({error.strerror}); choose another") from error
    key = staging / "auditors.key"
    try:
        made = _lay_out(staging, choices)
        if auditors_key is not None:
            files.write(auditors_key.absolute(), key.read_bytes())
            files.destroy(key)
        _move(staging, place)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return made


def _lay_out(staging: Path, choices: _Choices) -> dict[str, Any]:
    staging.chmod(0o755)
    for zone in ZONES:
        files.make_directory(staging / zone)
    # Others may reach the sockets in it by name, and list nothing.
    files.make_directory(staging / "sockets", mode=0o711)
    approval.lay_out(staging, choices.approval)
    approval.lay_out(staging, choices.console, approval.CONSOLE)
    approval.lay_out(staging, choices.portal, approval.PORTAL)
    probe = identity.create(staging, identity.PROBE)
    both = 1 if choices.second is None else 2
    plan: dict[str, Json] = {"demo": choices.demo, "quorum": choices.quorum, "custodians": both}
    plan |= {"approval": records.plain(choices.approval), "console": records.plain(choices.console)}
    plan |= {"portal": records.plain(choices.portal), "policy": choices.policy}
    made = founded("run_custodian", staging, {**plan, **choices.secret, "probe": public_half(probe)})
    genesis = (staging / "custodian" / "genesis.json").read_bytes()
    for place in (staging / "edge", staging / "repository", staging):
        files.write(place / "genesis.json", genesis, mode=0o644)
    made["second_shares"] = []
    if choices.second is not None:
        # A process of its own makes it: neither program ever sees the other's root.
        beside = {
            **choices.second,
            "of": canonical.read(genesis),
            "probe": public_half(probe),
            "policy": choices.policy,
        }
        made["second_shares"] = founded("run_second", staging, beside)["shares"]
        second = (staging / "second" / "genesis.json").read_bytes()
        for place in (staging / "edge", staging):
            files.write(place / "second.json", second, mode=0o644)
        files.write(staging / "custodian" / "second.json", second)
    key = canonical.write({"type": "AuditorsKey", "private": made["auditors_private"]})
    files.write(staging / "auditors.key", key)
    return made


def founded(program: str, staging: Path, plan: Mapping[str, Json], act: str = "genesis") -> dict[str, Any]:
    """What the program that makes or restores a custodian in `staging` says. Raises what it raised, Unavailable."""
    command = [sys.executable, "-m", f"countenance.cli.{program}", act, "--deployment", str(staging)]
    done = subprocess.run(command, input=canonical.write(plan), capture_output=True, check=False)
    try:
        made: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise Unavailable("the custodian's program did not start; run it by hand to see why") from error
    if "error" in made:
        raise BY_NAME.get(str(made["error"]), CountenanceError)(str(made["message"]))
    return made


def _move(staging: Path, place: Path) -> None:
    if not place.exists():
        staging.rename(place)
        files.sync_directory(place.parent)
        return
    # The directory may be somebody's working directory: fill it rather than replace it, what makes it one last.
    names = sorted((path.name for path in staging.iterdir()), key=lambda name: name == "genesis.json")
    moved: list[Path] = []
    try:
        for name in names:
            moved.append((staging / name).rename(place / name))
    except OSError:
        for path in moved:
            path.rename(staging / path.name)
        raise
    place.chmod(0o755)
    files.sync_directory(place)
    staging.rmdir()


def _check_empty(place: Path) -> None:
    if place.exists() and (not place.is_dir() or any(os.scandir(place))):
        raise Refused(f"{place.name} is not an empty directory: a deployment begins in a new or empty one")


def secret(shares: str, passphrase_file: Path | None, whose: str = "the root key") -> dict[str, Json]:
    """How a root key is kept, as a founder's plan says it: in shares, or under a passphrase. Raises Malformed."""
    threshold, count = sharing(shares)
    if count:
        return {"threshold": threshold, "count": count}
    return {"passphrase": passphrase_in(passphrase_file, whose)}


def sharing(shares: str) -> tuple[int, int]:
    """Threshold and count of `--shares K/N`; zeros without it. Raises Malformed."""
    if not shares:
        return 0, 0
    threshold, slash, count = shares.partition("/")
    if not slash or not threshold.isdecimal() or not count.isdecimal():
        raise Malformed("--shares is K/N, for example 2/3")
    if not 2 <= int(threshold) <= int(count) <= _MOST_SHARES:
        raise Malformed(f"--shares is K/N with K at least 2 and N at most {_MOST_SHARES}")
    return int(threshold), int(count)


def passphrase_in(path: Path | None, whose: str = "the root key") -> str:
    """The passphrase in a file, or as somebody types it twice. Raises Malformed for a short one."""
    if path is None and not sys.stdin.isatty():
        raise Malformed(
            f"give a passphrase file or shares for {whose} where nobody can be asked for a passphrase: "
            "'countenance init --help' names the options"
        )
    given: str = (
        typer.prompt(f"passphrase of {whose}", hide_input=True, confirmation_prompt=True)
        if path is None
        else first_line(path)
    )
    if len(given) < _SHORTEST_PASSPHRASE:
        raise Malformed(f"a passphrase has at least {_SHORTEST_PASSPHRASE} characters; choose a longer one")
    return given


def _told(facts: Mapping[str, Json], shares: list[str], second: list[str]) -> str:
    lines = [f"deployment {facts['deployment']} is in {facts['directory']} (assurance single-host, UNWITNESSED)"]
    if facts["demo"]:
        lines.append("DEMO: file keys count as approvals here, for good")
    lines.append(
        f"console at {facts['console_origin']}, approvals at {facts['approval_origin']}, "
        f"portal at {facts['portal_origin']}; certificates of security keys: {facts['attestation_roots']}"
    )
    if not facts["attestation_roots"]:
        lines.append("nobody can ever approve here: no maker is listed; init again with --attestation-root")
    lines.append(f"the auditors' private key is in {facts['auditors_key']}: give it to them and remove it from here")
    lines.append(f"its policy is {facts['policy']}: countenance policy show")
    for whose, held in (("the root key", shares), ("the second custodian's root key", second)):
        if held:
            lines.append(f"the shares of {whose}, shown once and kept nowhere; one to each holder:")
            lines += [f"  {number}. {share}" for number, share in enumerate(held, 1)]
    if facts["pages"]:
        lines.append(
            f"{facts['pages']} pages with a share each are printed and handed over, one a holder; then destroy them"
        )
    lines.append("next: countenance run, then countenance custodian open")
    if facts["custodians"] == 2:
        lines.append(
            "and countenance custodian open --second: it keeps a roster and edges of its own, so every "
            "'roster add', 'edge enrol' and 'policy set' is done twice, once with --second"
        )
    return "\n".join(lines)
