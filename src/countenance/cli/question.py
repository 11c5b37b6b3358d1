"""`countenance question list|show|reply`: what people ask at the door, for the clerks who answer.

A reply reaches no further than the question: sightings of its camera and time. It is signed at the approval page, with
a USB key, or in demo deployments with a key file. What was asked with a face, at a kiosk, is a warrant, which the list
names: clerks approve it by `countenance warrant sign`, one of them has it searched by `countenance search`, and its
reviewers answer it. Where a copy was asked for, a clerk who approved makes it by `countenance disclose`.
"""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli import usb as usb_key
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.moments import written
from countenance.vocabulary.rights import Asked, Ground, Reply
from countenance.vocabulary.warrants import Subject

question = typer.Typer(no_args_is_help=True, add_completion=False, help="List, show, reply.")

Id = Annotated[str, typer.Argument(metavar="REQUEST", help="the question's id: 16 hex digits")]


@question.command(name="list")
def list_(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show what was asked, the nearest due date first; no words."""
    with ask.acting(deployment, key) as person:
        done = person.asker.ask(Verb.QUESTIONS, Nothing())
    found = done.get("questions")
    lines = [_line(one) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    answer(done, "\n".join(lines) or "nobody asked anything", as_json=as_json)


@question.command()
def show(request: Id, key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show one question with what its asker wrote. It is an entry."""
    with ask.acting(deployment, key) as person:
        done = person.asker.ask(Verb.QUESTION, Asked(request))
    said = f"{_line(done)}\nfrom {_when(done.get('start'))} to {_when(done.get('end'))}\n{done.get('words')}"
    answer(done, said, as_json=as_json)


@question.command()
def reply(
    request: Id,
    *,
    sighting: Annotated[list[str] | None, typer.Option(help="one of the asker's sightings; repeat it")] = None,
    met: Annotated[bool, typer.Option("--met", help="the asker stood before you while they were pointed at")] = False,
    decline: Annotated[str, typer.Option(help="'nobody' can be told from others, or it is 'excessive'")] = "",
    reason: Annotated[str, typer.Option(help="for the file; needed to decline")] = "",
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Answer a question: what its asker wanted is done to the sightings that are theirs."""
    grounds = {"": "", "nobody": Ground.NOT_IDENTIFIABLE.value, "excessive": Ground.EXCESSIVE.value}
    if decline not in grounds:
        raise typer.BadParameter("give --decline nobody, or --decline excessive")
    said = Reply(request, tuple(sighting or ()), met, grounds[decline], reason)
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        done = acting.asker.ask(Verb.REPLY, said)
    answer(done, f"question {request}: {done.get('outcome')} (entry {done.get('entry')})", as_json=as_json)


def in_words(said: Subject | None) -> tuple[str, ...]:
    """A line for each thing that a subject's own request says besides; none for a warrant of another kind."""
    if said is None:
        return ()
    reasons = ((said.assisted, "they are under 18, or somebody acts for them"), (said.copy, "they ask for pictures"))
    why = [reason for holds, reason in reasons if holds]
    by = f"TWO clerks: {'; '.join(why)}" if why else "one clerk"
    return (
        "  AT A DESK   who stands at the kiosk asks about themselves; nothing of it can be narrowed",
        f"  asks for    {said.wish}{', and a copy of the pictures of them' if said.copy else ''}",
        f"  approved by {by}",
        f"  agreed to   words of SHA-256 {said.consent.hex()}",
        f"  their code  SHA-256 {said.code_hash.hex()}",
    )


def _line(one: dict[str, Json]) -> str:
    state = one.get("outcome") or f"waits, due {_when(one.get('due'))}"
    about = f"with a face, warrant {one.get('warrant')}" if one.get("warrant") else one.get("camera")
    found = one.get("copied")
    ids = found if isinstance(found, list) else []
    copies = "".join(f"\n  copy: countenance disclose {one.get('warrant')} {each} --out FOLDER" for each in ids)
    return f"{one.get('request')}  {one.get('wish')}  {about}  {_when(one.get('start'))}  {state}{copies}"


def _when(moment: Json) -> str:
    return written(moment) if isinstance(moment, int) else ""
