"""`countenance extractor migrate|sign|refuse|status`: give old sightings templates by another extractor.

What is signed is the hash of the very text that was fetched, held against its hash and shown. The custodian begins when
the order has its quorum; nobody has to wait for it here.
"""

import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from countenance.cli import ask
from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting, KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.errors import Malformed, Refused
from countenance.faces import card as cards
from countenance.faces import weights
from countenance.faces.card import ExtractorCard
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.moments import Hour, written
from countenance.vocabulary.warrants import Approval

extractor = typer.Typer(no_args_is_help=True, add_completion=False, help="Migrate, sign, refuse, status.")

Id = Annotated[str, typer.Argument(metavar="ORDER", help="the order's id: 16 hex digits")]
Card = Annotated[Path, typer.Option("--card", help="model card of the new extractor")]
Time = "2026-11-22T09:30Z, 09:30 (today, UTC), or an offset from now such as -72h"


@extractor.command()
def migrate(
    *,
    camera: Annotated[list[str], typer.Option(help="a camera whose sightings are meant; repeat it")],
    start: Annotated[str, typer.Option("--from", help=f"from when; whole hours: {Time}")],
    end: Annotated[str, typer.Option("--to", help="until when, its hour included")],
    card: Card,
    reason: Annotated[str, typer.Option(help="why; approvers read it")],
    key: KeyFile,
    old_card: Annotated[Path | None, typer.Option(help="card of the old extractor, if it is not built in")] = None,
    expires: Annotated[str, typer.Option(help="when nothing is begun under it any more")] = "+7d",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask that templates be made anew, by another extractor, from the stills of past sightings."""
    now, new, old = ask.now(), _card(card), _card(old_card) if old_card else cards.own_extractor(None)
    first, last = ask.moment(start, of=now), ask.moment(end, of=now)
    ask.ordered(first, last)
    weights.load(new)
    deployed = cards.own_extractor(cards.place(deployment)).digest == new.digest
    with ask.acting(deployment, key) as person:
        order = MigrationOrder(
            deployment=person.genesis.deployment,
            migration=secrets.token_hex(8),
            cameras=tuple(camera),
            first=Hour.of(first).number,
            last=Hour.of(last).number,
            old=old.digest,
            new=new.digest,
            dimension=new.dimension,
            requester=person.person,
            made=now,
            expires=ask.moment(expires, of=now),
            reason=reason,
        )
        done = person.asker.ask(Verb.MIGRATE, order)
    sentence = f"order {order.migration} is drafted; it needs approvals now (entry {done['entry']})"
    if not deployed:
        sentence += (
            "\nThis is not the deployment's extractor yet: put the card and its model file into "
            f"the deployment's folder, the card as {cards.place(deployment).name}, and start it again"
        )
    answer({**done, "extractor": new.digest.hex(), "deployed": deployed}, sentence, as_json=as_json)


@extractor.command()
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
    """Approve an order: shows the text, asks, and signs the hash of what was shown."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        order, _ = _one(acting, name)
        if not (yes and as_json):
            typer.echo(_printable(in_words(order)), err=True)
        if not yes and not typer.confirm("Do you approve exactly this?", default=False, err=True):
            raise Refused("you did not approve it, and nothing was signed: 'countenance extractor refuse' says why")
        done = _say(acting, order, approves=True, reason="")
    answer(done, f"{done['approvals']} of {done['needed']} approvals (entry {done['entry']})", as_json=as_json)


@extractor.command()
def refuse(
    name: Id,
    *,
    reason: Annotated[str, typer.Option(help="why; it is kept with the order")],
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Decline an order, or take an approval back: no further sheet is begun without its quorum."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        order, _ = _one(acting, name)
        done = _say(acting, order, approves=False, reason=reason)
    answer(done, f"declined; {done['approvals']} of {done['needed']} approvals stand", as_json=as_json)


@extractor.command()
def status(
    key: KeyFile,
    name: Annotated[str, typer.Argument(metavar="[ORDER]", help="one order; all if none is named")] = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show how far orders are: sheets and sightings left, and sightings whose still gave no template."""
    with ask.acting(deployment, key) as person:
        lines = [line for line in _listed(person) if name in ("", _order(line).migration)]
    if name and not lines:
        raise Refused("there is no order of this id: 'countenance extractor status' without one shows all")
    found: list[Json] = [{**_plain(_order(line)), **{k: v for k, v in line.items() if k != "text"}} for line in lines]
    if as_json:
        answer({"migrations": found}, "", as_json=True)
        return
    console = Console(highlight=False)
    for line in lines:
        _show(console, line)
    if not lines:
        console.print("no migration was ever ordered here")


def in_words(order: MigrationOrder) -> str:
    """What an order says, in plain words, then the text that is signed and its hash."""
    lines = (
        f"Order {order.migration}: make templates anew by another extractor",
        f"  reason      {order.reason}",
        f"  asked by    {order.requester}, {written(order.made)}",
        f"  cameras     {', '.join(order.cameras)}",
        f"  hours       {written(Hour(order.first).start)} to {written(Hour(order.last).end)}",
        f"  from        extractor {order.old.hex()}",
        f"  to          extractor {order.new.hex()}, {order.dimension} components",
        f"  until       {written(order.expires)}",
        "  The still of every sighting in these hours is decrypted, in the evidence process, and shown to nobody.",
        "",
        "The text that is signed:",
        records.write(order).decode(),
        f"SHA-256 {records.digest(order).hex()}",
    )
    # A line break in somebody's words would let them write lines of their own here.
    return "\n".join(line.replace("\n", " ") for line in lines)


def _card(path: Path) -> ExtractorCard:
    found = cards.read(path)
    if not isinstance(found, ExtractorCard):
        raise Malformed(f"{path.name} is not the card of an extractor: give one with task = 'extractor'")
    return found


def _listed(person: Acting) -> list[dict[str, Json]]:
    lines = person.asker.ask(Verb.MIGRATIONS, Nothing()).get("migrations")
    return [dict(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _order(line: dict[str, Json]) -> MigrationOrder:
    text = line.get("text")
    if not isinstance(text, str):
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
    return records.read(MigrationOrder, bytes.fromhex(text))


def _one(person: Acting, name: str) -> tuple[MigrationOrder, dict[str, Json]]:
    for line in _listed(person):
        order = _order(line)
        if order.migration == name:
            return order, line
    raise Refused("there is no order of this id: 'countenance extractor status' shows those that were drafted")


def _say(person: Acting, order: MigrationOrder, *, approves: bool, reason: str) -> dict[str, Json]:
    said = Approval(order.migration, 1, records.digest(order), person.person, approves, reason, ask.now())
    return person.asker.ask(Verb.APPROVE, said)


def _plain(order: MigrationOrder) -> dict[str, Json]:
    fields = records.plain(order)
    return dict(fields) if isinstance(fields, dict) else {}


def _show(console: Console, line: dict[str, Json]) -> None:
    """One order: its state, a bar of sightings done, and what gave no template."""
    order = _order(line)
    counts = {name: value for name, value in line.items() if isinstance(value, int)}
    signed = line.get("approvals")
    approvals = len(signed) if isinstance(signed, list) else 0
    console.print(
        f"{order.migration}  {line.get('state')}  {approvals} of {line.get('needed')} approvals  "
        f"{', '.join(order.cameras)}  until {written(order.expires)}",
        markup=False,
    )
    columns = (TextColumn("  "), BarColumn(40), MofNCompleteColumn(), TextColumn("{task.description}"))
    left = f"sightings; {counts['sheets_left']} of {counts['sheets']} sheets left"
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(left, total=counts["sightings"])
        progress.update(task, completed=counts["sightings"] - counts["sightings_left"])
    if without := counts["without_template"]:
        console.print(f"   {without} sightings gave no template: no search compares them; still and patches are kept")
        named = line.get("sightings_without_template")
        for sighting in named if isinstance(named, list) else []:
            console.print(f"   no template: {sighting}", markup=False)


def _printable(text: str) -> str:
    """Words of another person may hold terminal escapes that hide what is signed."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
