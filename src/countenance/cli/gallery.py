"""`countenance gallery …`: standing galleries and their custodian, a process with a root key and a log of its own.

`init`, `open`, `status`, `close` are at the gallery custodian's terminal; the others act for a person with `--key`, at
its own socket: no repository lies in between. What is signed is the hash of the very text that was fetched and shown.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import custodian, gallery_asks, init, stating
from countenance.cli.ask import KeyFile, moment, now
from countenance.cli.edge import public_half
from countenance.cli.gallery_asks import GalleryReading
from countenance.cli.gallery_flight import flight
from countenance.cli.say import AsJson, Deployment, answer, genesis_of
from countenance.cli.usb import Name, Signing, Usb
from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.galleries import GalleryLimits
from countenance.vocabulary.moments import written
from countenance.web.kit import codes
from countenance.zones.edge import identity

gallery = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Standing galleries: their custodian; draft, show, sign, refuse, list, withdraw; alerts.",
)

gallery.command()(flight)

Id = Annotated[str, typer.Argument(metavar="GALLERY", help="the gallery's id: 16 hex digits")]
Time = "2026-11-22T09:30Z, 09:30 (today, UTC), or an offset from now such as +48h"
_ZONE = "gallery"
_COUNTS = (
    *("since", "entries", "galleries", "standing", "alerts_kept", "sessions", "received", "compared", "dropped"),
    *("rejected", "failed_attempts", "opens_with"),
)


@gallery.command(name="init")
def init_(
    shares: Annotated[str, typer.Option(help="K/N: the root key in N shares (SLIP-39), any K open it")] = "",
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase of its root key")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make this deployment's gallery custodian: own root key, own log; nothing runs yet."""
    of, place = genesis_of(deployment), deployment.absolute()
    if (place / "gallery").exists():
        raise Refused("this deployment has a gallery custodian already: 'countenance gallery status' shows it")
    secret = init.secret(shares, passphrase_file)
    probe = public_half(identity.load(place, identity.PROBE))
    made = gallery_asks.founded(place, {**secret, "of": records.plain(of), "probe": probe})
    told = [
        f"the gallery custodian {made['deployment']} is in {place / 'gallery'}",
        *([] if not made["shares"] else ["the shares of its root key, shown once and kept nowhere:"]),
        *(f"  {number}. {share}" for number, share in enumerate(made["shares"], 1)),
        "next: countenance run, countenance gallery open, then its own roster and edges with --gallery",
    ]
    facts: dict[str, Json] = {
        "deployment": made["deployment"],
        "directory": str(place / "gallery"),
        "demo": of.demo,
        "shares": made["shares"],
    }
    answer(facts, "\n".join(told), as_json=as_json)


@gallery.command(name="open")
def open_(
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase")] = None,
    share_file: Annotated[list[Path] | None, typer.Option(help="a file with one share; repeat it")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Open the gallery custodian with its passphrase or its shares."""
    body = custodian.brought(deployment, passphrase_file, share_file, zone=_ZONE)
    _tell(custodian.ask(deployment, "open", body, zone=_ZONE), as_json=as_json)


@gallery.command()
def status(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show whether it is open, and what it does: counts, never content."""
    _tell(custodian.ask(deployment, "status", zone=_ZONE), as_json=as_json)


@gallery.command()
def close(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Lock it: nothing is compared until it is opened. Recording goes on."""
    _tell(custodian.ask(deployment, "close", zone=_ZONE), as_json=as_json)


@gallery.command()
def draft(
    *,
    case: Annotated[str, typer.Option(help="the case this belongs to")],
    purpose: Annotated[str, typer.Option(help="what is watched for")],
    basis: Annotated[str, typer.Option(help="the law that allows it")],
    camera: Annotated[list[str], typer.Option(help="a camera, not in a publicly accessible place; repeat it")],
    photo: Annotated[list[Path], typer.Option(help="a photo with one face: whom to watch for; repeat it")],
    end: Annotated[str, typer.Option("--to", help=f"until when, at most 30 days: {Time}")],
    key: KeyFile,
    start: Annotated[str, typer.Option("--from", help="from when")] = "+0m",
    candidates: Annotated[int, typer.Option(help="references one passer-by may alert to")] = 2,
    alerts: Annotated[int, typer.Option(help="most alerts in 24 hours")] = 50,
    secrecy_end: Annotated[str, typer.Option(help="when the people in it may know")] = "+90d",
    one_in: Annotated[int, typer.Option(help="at most one false alert in so many passers-by: 10 to 10000")] = 0,
    threshold: Annotated[int, typer.Option(help="a bare one, in thousandths, if an operator has signed for it")] = 0,
    consent: Annotated[str, typer.Option(help="the number that the person in it gave you: it stands by consent")] = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask for a standing gallery: tell reviewers when one of these people passes one of these cameras."""
    made = now()
    limits = GalleryLimits(candidates, alerts, moment(secrecy_end, of=made))
    wished = stating.Wished(one_in, threshold)
    agreed = codes.read(consent) if consent else b""
    wish = gallery_asks.Wish(
        case, purpose, basis, tuple(camera), moment(start, of=made), moment(end, of=made), wished, limits, agreed
    )
    with gallery_asks.acting(deployment, key) as person:
        done, told = gallery_asks.draft(deployment, person, wish, photo, made)
    sentence = f"gallery {done['gallery']} is drafted; it needs approvals now (entry {done['entry']})\n{told}"
    answer(done, sentence, as_json=as_json)


@gallery.command()
def show(
    name: Id,
    key: KeyFile,
    photos: Annotated[Path | None, typer.Option(help="write the references' photos into this new folder")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show what a gallery says, its text, its hash, and who has signed. Reading it, and each photo, is an entry."""
    with gallery_asks.acting(deployment, key) as person:
        read = gallery_asks.reading(person, name)
        if photos is not None:
            gallery_asks.write_photos(person, read, photos)
    facts: dict[str, Json] = {
        "gallery": records.plain(read.gallery),
        "text": read.text.decode(),
        "hash": read.hash.hex(),
        "state": read.answer.get("state"),
        "approvals": read.answer.get("approvals"),
    }
    answer(facts, f"{gallery_asks.in_words(read)}\n\n{_signed_by(read)}", as_json=as_json)


@gallery.command()
def sign(
    name: Id,
    *,
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask again")] = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Approve a gallery: shows the text, asks, and signs the hash of what was shown."""
    with gallery_asks.signing(deployment, key, person if usb else "") as acting:
        read = gallery_asks.reading(acting, name)
        if not (yes and as_json):
            typer.echo(gallery_asks.printable(gallery_asks.in_words(read)), err=True)
        if not yes and not typer.confirm("Do you approve exactly this?", default=False, err=True):
            raise Refused("you did not approve it, and nothing was signed: 'countenance gallery refuse' says why")
        done = gallery_asks.say(acting, read, approves=True, reason="")
    answer(done, f"{done['approvals']} of {done['needed']} approvals (entry {done['entry']})", as_json=as_json)


@gallery.command()
def refuse(
    name: Id,
    *,
    reason: Annotated[str, typer.Option(help="why; the requester and other approvers read it")],
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Decline a gallery, or take an approval back: without a quorum nothing is compared from that moment on."""
    with gallery_asks.signing(deployment, key, person if usb else "") as acting:
        done = gallery_asks.say(acting, gallery_asks.reading(acting, name), approves=False, reason=reason)
    answer(done, f"declined; {done['approvals']} of {done['needed']} approvals stand", as_json=as_json)


@gallery.command(name="list")
def list_(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the galleries you may know of: a requester their own, approvers and reviewers all. No text."""
    with gallery_asks.acting(deployment, key) as person:
        lines = gallery_asks.listed(person)
    said = [
        f"{line['gallery']}  {line['state']}  {line['references']} references, until {written(int(str(line['end'])))}, "
        f"{line['approvals']} of {line['needed']} approvals, {line['alerts']} alerts"
        for line in lines
    ]
    found: list[Json] = list(lines)
    answer({"galleries": found}, "\n".join(said) or "you see no galleries", as_json=as_json)


@gallery.command()
def withdraw(
    name: Id,
    key: KeyFile,
    reason: Annotated[str, typer.Option(help="why it ends")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """End a gallery for good: its key is destroyed. The requester or any one approver can."""
    with gallery_asks.acting(deployment, key) as person:
        done = gallery_asks.withdraw(person, name, reason)
    answer(done, f"gallery {name} has ended, and its key is destroyed (entry {done['entry']})", as_json=as_json)


@gallery.command()
def alerts(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show a reviewer the alerts of the last 72 hours. Being told is an entry; there is no picture in them."""
    with gallery_asks.acting(deployment, key) as person:
        done = gallery_asks.alerts(person)
    found = done["alerts"]
    lines = [gallery_asks.alert_line(one) for one in found] if isinstance(found, list) else []
    lines.append(gallery_asks.WHAT_NEXT if lines else "no alert in the last 72 hours")
    answer(done, "\n".join(lines), as_json=as_json)


def _tell(known: Mapping[str, Json], *, as_json: bool) -> None:
    lines = [f"the gallery custodian {known.get('deployment')} is {known.get('state')} ({known.get('assurance')})"]
    if known.get("demo"):
        lines.append("DEMO: file keys count as approvals here")
    for name in _COUNTS:
        if name in known:
            value = known[name]
            shown = written(value) if name == "since" and isinstance(value, int) else value
            lines.append(f"{name.replace('_', ' ')}: {shown}")
    answer(known, "\n".join(lines), as_json=as_json)


def _signed_by(read: GalleryReading) -> str:
    words = read.answer.get("approvals")
    lines = [str(read.answer.get("state"))]
    for word in words if isinstance(words, list) else []:
        if isinstance(word, dict):
            said = "approves" if word.get("approves") else f"declines: {word.get('reason')}"
            lines.append(f"  {word.get('person')} ({word.get('organisation')}) {said}")
    return "\n".join(lines)
