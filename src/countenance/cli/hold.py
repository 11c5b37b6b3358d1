"""`countenance hold add|list|sign|refuse|release`: keep sightings from being erased until a day, by a quorum's order.

What is signed is the hash of the very text that was fetched, held against its hash and shown.
"""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting, KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.holds import HoldOrder, Release
from countenance.vocabulary.moments import written
from countenance.vocabulary.warrants import Approval

hold = typer.Typer(no_args_is_help=True, add_completion=False, help="Add, list, sign, refuse, release.")

Id = Annotated[str, typer.Argument(metavar="HOLD", help="the hold's id: 16 hex digits")]


@hold.command()
def add(
    *,
    until: Annotated[str, typer.Option(help="when it ends, at most 180 days ahead: 2026-11-22T09:30Z or +30d")],
    reason: Annotated[str, typer.Option(help="why; approvers read it")],
    key: KeyFile,
    warrant: Annotated[str, typer.Option(help="hold what searches under this warrant returned")] = "",
    sighting: Annotated[list[str] | None, typer.Option(help="a sighting to be held; repeat it")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask, as an officer or clerk, that sightings are not erased before a day. Approvers sign it."""
    now = ask.now()
    with ask.acting(deployment, key) as person:
        order = HoldOrder(
            deployment=person.genesis.deployment,
            hold=secrets.token_hex(8),
            warrant=warrant,
            sightings=tuple(sighting or ()),
            requester=person.person,
            made=now,
            until=ask.moment(until, of=now),
            reason=reason,
        )
        done = person.asker.ask(Verb.HOLD, order)
    answer(done, f"hold {order.hold} is drafted; it needs approvals now (entry {done['entry']})", as_json=as_json)


@hold.command(name="list")
def list_(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show holds: an approver or auditor all, an officer or clerk their own."""
    with ask.acting(deployment, key) as person:
        lines = _listed(person)
    found: list[Json] = [{**_plain(_order(line)), **{k: v for k, v in line.items() if k != "text"}} for line in lines]
    said = "\n".join(map(_line, lines)) or "nothing was ever held here"
    answer({"holds": found}, said, as_json=as_json)


@hold.command()
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
    """Approve a hold: shows the text, asks, and signs the hash of what was shown."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        order = _one(acting, name)
        if not (yes and as_json):
            typer.echo(_printable(in_words(order)), err=True)
        if not yes and not typer.confirm("Do you approve exactly this?", default=False, err=True):
            raise Refused("you did not approve it, and nothing was signed: 'countenance hold refuse' says why")
        done = _say(acting, order, approves=True, reason="")
    answer(done, f"{done['approvals']} of {done['needed']} approvals: {done['state']}", as_json=as_json)


@hold.command()
def refuse(
    name: Id,
    *,
    reason: Annotated[str, typer.Option(help="why; it is kept with the hold")],
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Decline a hold, or take an approval back while it waits. One that stands is released."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        done = _say(acting, _one(acting, name), approves=False, reason=reason)
    answer(done, f"declined; {done['approvals']} of {done['needed']} approvals stand", as_json=as_json)


@hold.command()
def release(
    name: Id,
    *,
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Sign that a hold ends before its time. It takes a quorum; what waited is then erased."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        order = _one(acting, name)
        done = acting.asker.ask(Verb.RELEASE, Release(order.hold, records.digest(order)))
    signed = f"signed; {done['signatures']} of {done['needed']} signatures"
    answer(done, "released" if done["released"] else signed, as_json=as_json)


def in_words(order: HoldOrder) -> str:
    """What a hold says, in plain words, then the text that is signed and its hash."""
    what = [f"what searches under warrant {order.warrant} returned"] if order.warrant else []
    lines = (
        f"Hold {order.hold}: keep sightings from being erased",
        f"  reason      {order.reason}",
        f"  asked by    {order.requester}, {written(order.made)}",
        f"  until       {written(order.until)}",
        *(f"  held        {one}" for one in (*what, *order.sightings)),
        "  Whoever asks for their erasure waits until then. No search finds them after their retention.",
        "",
        "The text that is signed:",
        records.write(order).decode(),
        f"SHA-256 {records.digest(order).hex()}",
    )
    # A line break in somebody's words would let them write lines of their own here.
    return "\n".join(line.replace("\n", " ") for line in lines)


def _listed(person: Acting) -> list[dict[str, Json]]:
    lines = person.asker.ask(Verb.HOLDS, Nothing()).get("holds")
    return [dict(line) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _order(line: dict[str, Json]) -> HoldOrder:
    text = line.get("text")
    if not isinstance(text, str):
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
    return records.read(HoldOrder, bytes.fromhex(text))


def _one(person: Acting, name: str) -> HoldOrder:
    found = (_order(line) for line in _listed(person))
    order = next((one for one in found if one.hold == name), None)
    if order is None:
        raise Refused("there is no hold of this id: 'countenance hold list' shows those you may know of")
    return order


def _say(person: Acting, order: HoldOrder, *, approves: bool, reason: str) -> dict[str, Json]:
    said = Approval(order.hold, 1, records.digest(order), person.person, approves, reason, ask.now())
    return person.asker.ask(Verb.APPROVE, said)


def _plain(order: HoldOrder) -> dict[str, Json]:
    fields = records.plain(order)
    return dict(fields) if isinstance(fields, dict) else {}


def _line(line: dict[str, Json]) -> str:
    order, signed = _order(line), line.get("approvals")
    approvals = len(signed) if isinstance(signed, list) else 0
    what = f"warrant {order.warrant}" if order.warrant else f"{len(order.sightings)} sightings"
    return _printable(
        f"{order.hold}  {line.get('state')}  {approvals} of {line.get('needed')} approvals  {what}  "
        f"until {written(order.until)}  {order.reason}".replace("\n", " ")
    )


def _printable(text: str) -> str:
    """Words of another person may hold terminal escapes that hide what is signed."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
