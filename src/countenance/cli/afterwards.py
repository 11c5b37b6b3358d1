"""`countenance afterwards name|ask|check`: who was searched or watched for is told so, once it is no secret any more.

An officer states whom their warrant or gallery looks for, by an identity document, while it is secret. A clerk asks
with the document that somebody puts before them. The document's number is asked for, or comes on standard input: what
is typed as part of a command is seen by others and kept.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from countenance.channel import hour_key
from countenance.channel.relayed import Call
from countenance.cli import ask, gallery_asks
from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting, KeyFile
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.cli.usb import Name, Signing, Usb
from countenance.crypto.seal import binding, seal
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats import documents, records
from countenance.formats.canonical import Json
from countenance.rights import telling
from countenance.rights.telling import Shown as Proved
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.afterwards import Document, Naming, Shown, Told
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import written

afterwards = typer.Typer(no_args_is_help=True, add_completion=False, help="Name, ask, check.")

DocumentKind = Annotated[str, typer.Option("--document", help="passport, identity-card or residence-permit")]
State = Annotated[str, typer.Option(help="who issued it: one to three letters, as at the document's foot")]
AtGallery = Annotated[bool, typer.Option("--gallery", help="of a list: at the gallery custodian")]
_LARGEST = 8 * 1024 * 1024


@afterwards.command()
def name(
    matter: Annotated[str, typer.Argument(metavar="WARRANT", help="the warrant's or the gallery's id")],
    *,
    document: DocumentKind,
    state: State,
    reference: Annotated[str, typer.Option(help="of a gallery: which of its people")] = "",
    at_gallery: AtGallery = False,
    key: KeyFile,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """State whom your warrant or gallery looks for, so that they can be told when it is no secret any more."""
    said = documents.document(document, state, _number())
    acting = gallery_asks.acting if at_gallery else ask.acting
    with acting(deployment, key) as person:
        hour, sealed = _sealed(person, said)
        done = person.asker.ask(Verb.NAME, Naming(matter, reference, hour, sealed))
    until = done.get("until")
    kept = written(until) if isinstance(until, int) else "then"
    answer(done, f"stated; a keyed hash of it is kept until {kept} (entry {done.get('entry')})", as_json=as_json)


@afterwards.command(name="ask")
def ask_(
    *,
    document: DocumentKind,
    state: State,
    out: Annotated[Path, typer.Option(help="a new file for them to keep: what they were told, signed and proved")],
    skip: Annotated[int, typer.Option(min=0, help="how many they were told before, if there were more")] = 0,
    at_gallery: AtGallery = False,
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """For clerks: ask with the document before you whether its holder was searched or watched for. It is an entry."""
    if out.exists():
        raise Refused(f"{out.name} exists already; choose another name")
    said = documents.document(document, state, _number())
    signing: Callable[..., AbstractContextManager[Acting]] = gallery_asks.signing if at_gallery else usb_key.signing
    with signing(deployment, key, person if usb else "") as acting:
        hour, sealed = _sealed(acting, said)
        done = acting.asker.ask(Verb.AFTERWARDS, Shown(hour, sealed, skip))
        told = str(done.get("told", "")).strip().encode()
        found, proved = telling.check(told, acting.genesis)
    if found.document != said:
        raise Malformed("the answer is about another document: ask again")
    files.write(out, told)
    answer(_facts(found, proved), in_words(found, proved), as_json=as_json)


@afterwards.command()
def check(
    file: Annotated[Path, typer.Argument(help="the file that the clerk gave")],
    genesis: Annotated[
        Path | None, typer.Option(help="the deployment's genesis.json; of a list its gallery.json")
    ] = None,
    deployment: Annotated[Path | None, typer.Option(help="take the genesis record from this deployment")] = None,
    at_gallery: AtGallery = False,
    as_json: AsJson = False,
) -> None:
    """Check what somebody was told: who signed it, and that the log holds it. Needs no server."""
    if genesis is None and deployment is None:
        raise Malformed("give the genesis record that the deployment's register shows: --genesis FILE")
    place = genesis or (deployment or Path()) / ("gallery.json" if at_gallery else "genesis.json")
    known = records.read(Genesis, contents(place, most=_LARGEST, what="a genesis record"))
    said, proved = telling.check(contents(file, most=_LARGEST, what="what a clerk gave"), known)
    answer(_facts(said, proved), f"holds\n{in_words(said, proved)}", as_json=as_json)


def in_words(said: Told, proved: tuple[Proved, ...]) -> str:
    """What was told, a line for each matter."""
    lines = [_line(one) for one in proved] or ["there is nothing that can be told: that does not say there is nothing"]
    more = [f"and {said.left} more: ask again with --skip {len(proved)}"] if said.left else []
    return "\n".join((*lines, *more))


def _line(one: Proved) -> str:
    ground = one.matter.ground or "a ground that the policy does not name: ask its authority"
    when = f"from {written(one.start)} to {written(one.end)}"
    if one.matter.listed:
        return gallery_asks.printable(f"you were on list {one.matter.matter} ({ground}), which stood {when}")
    nobody, somebody = one.found.count(0), len(one.found) - one.found.count(0)
    return gallery_asks.printable(
        f"you were searched for under warrant {one.matter.matter} ({ground}), {when}; searches: "
        f"{one.searches}, that found nobody: {nobody}, that found candidates: {somebody}; of all candidates "
        f"confirmed to be you: {one.matter.confirmed}{'' if one.matter.whole else '; there is more in the log'}"
    )


def _facts(said: Told, proved: tuple[Proved, ...]) -> dict[str, Json]:
    matters: list[Json] = [
        {
            "matter": one.matter.matter,
            "list": one.matter.listed,
            "ground": one.matter.ground,
            "start": one.start,
            "end": one.end,
            "searches": one.searches,
            "found": list(one.found),
            "confirmed": one.matter.confirmed,
            "whole": one.matter.whole,
        }
        for one in proved
    ]
    return {"matters": matters, "left": said.left, "made": said.made}


def _number() -> str:
    return str(typer.prompt("number of the document", err=True))


def _sealed(person: Acting, said: Document) -> tuple[int, bytes]:
    """The document, sealed to this hour's key: whoever passes it on can keep it, and open it with nobody's help."""
    call: Call = person.repository.call
    hour, _, key = hour_key.fetched(call, person.genesis, ask.now())
    return hour, seal(key, binding("document", person.genesis.deployment, person.person), records.write(said))
