"""`countenance freeze list|clear`: who is frozen by an alarm, what shows too many strangers, and clearing."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting, KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.errors import Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Clearance, Nothing, Verb
from countenance.vocabulary.moments import written

freeze = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Who is frozen and what is stopped, and clearing it."
)


@freeze.command(name="list")
def list_(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show who is frozen and what is stopped, since when and why; for approvers and auditors."""
    with ask.acting(deployment, key) as person:
        found = _frozen(person)
    listed: list[Json] = [*found]
    answer({"frozen": listed}, "\n".join(map(_line, found)) or "nobody is frozen, nothing is stopped", as_json=as_json)


@freeze.command()
def clear(
    name: Annotated[str, typer.Argument(metavar="PERSON", help="who is frozen, or camera:NAME, 'purpose:WORDS'")],
    *,
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Sign that somebody may act again, or something be searched. It takes a quorum, never the frozen person."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        entries = [one["entry"] for one in _frozen(acting) if one.get("person") == name]
        if not entries or not isinstance(entries[0], int):
            raise Refused("nobody and nothing of this name is frozen: 'countenance freeze list' shows who and what is")
        done = acting.asker.ask(Verb.CLEAR, Clearance(name, entries[0]))
    told = f"{done['signatures']} of {done['needed']} signatures (entry {done['entry']})"
    answer(done, f"{name} is cleared; {told}" if done.get("cleared") else told, as_json=as_json)


def _frozen(person: Acting) -> list[dict[str, Json]]:
    listed = person.asker.ask(Verb.FREEZES, Nothing()).get("frozen")
    return [dict(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _line(one: dict[str, Json]) -> str:
    since = one.get("since")
    when = written(since) if isinstance(since, int) else ""
    about = f", warrant {one['warrant']}" if one.get("warrant") else ""
    return (
        f"{one.get('person')}  since {when}  {one.get('cause')}{about}  "
        f"{one.get('signatures')} of {one.get('needed')} signatures (entry {one.get('entry')})"
    )
