"""`countenance warrant draft|show|sign|refuse|narrow|list`: a warrant's life until it may be used.

What is signed is the hash of the very text that was fetched, held against its hash and shown.
"""

import hashlib
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask, photo, question, real_time, stating
from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting, KeyFile, Reading
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.crypto.seal import binding, seal
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Filing, Nothing, Verb
from countenance.vocabulary.moments import Moment, written
from countenance.vocabulary.warrants import Approval, Limits, Scope, Warrant, WarrantKind

warrant = typer.Typer(no_args_is_help=True, add_completion=False, help="Draft, show, sign, refuse, narrow, list.")

Id = Annotated[str, typer.Argument(metavar="WARRANT", help="the warrant's id: 16 hex digits")]
LARGEST_PHOTO = 32 * 1024 * 1024
BARE = "no number is said: a bare threshold, which an operator signed for"
Time = "2026-11-22T09:30Z, 09:30 (today, UTC), or an offset from now such as +48h"


@warrant.command()
def draft(
    *,
    case: Annotated[str, typer.Option(help="the case this belongs to")],
    purpose: Annotated[str, typer.Option(help="a purpose of the policy: 'countenance policy show' lists them")],
    basis: Annotated[str, typer.Option(help="the law that allows it")],
    camera: Annotated[list[str], typer.Option(help="a camera to search; repeat it")],
    start: Annotated[str, typer.Option("--from", help=f"from when: {Time}")],
    end: Annotated[str, typer.Option("--to", help="until when, not included")],
    probe: Annotated[list[Path], typer.Option(help="a photo with one face: whom to look for; up to 6 of one person")],
    key: KeyFile,
    candidates: Annotated[int, typer.Option(help="most candidates a search returns")] = 10,
    uses: Annotated[int, typer.Option(help="searches under this warrant")] = 3,
    expires: Annotated[str, typer.Option(help="when nothing may be done under it any more; +48h, urgent +24h")] = "",
    secrecy_end: Annotated[str, typer.Option(help="when who was searched for may know")] = "+90d",
    one_in: Annotated[int, typer.Option(help="at most one false candidate in so many searches: 10 to 10000")] = 0,
    threshold: Annotated[int, typer.Option(help="a bare one, in thousandths, if an operator has signed for it")] = 0,
    urgent: Annotated[bool, typer.Option("--urgent", help="one approver begins; a quorum follows in 24 hours")] = False,
    exception: Annotated[
        Path | None, typer.Option("--real-time", help="TOML file: what AI Act Art. 5(1)(h) asks for")
    ] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask for a search: where was this person, on these cameras, in this time?"""
    now = ask.now()
    scope = Scope(tuple(camera), ask.moment(start, of=now), ask.moment(end, of=now))
    kind = _kind(urgent, exception)
    until = expires or ("+24h" if urgent else "+48h")
    special = real_time.particulars(exception, now=now) if exception else None
    with ask.acting(deployment, key) as person:
        name = secrets.token_hex(8)
        brought = photo.brought(deployment, probe, name, most=LARGEST_PHOTO)
        stated, told = stating.of_search(person, stating.Wished(one_in, threshold), brought.probe.extractor, scope)
        limits = Limits(
            candidates=candidates,
            uses=uses,
            expires=ask.moment(until, of=now),
            secrecy_end=ask.moment(secrecy_end, of=now),
            threshold=stated.threshold,
            one_in=stated.one_in,
        )
        drafted = Warrant(
            deployment=person.genesis.deployment,
            warrant=name,
            number=1,
            kind=kind,
            policy=_policy(person),
            case=case,
            purpose=purpose,
            legal_basis=basis,
            requester=person.person,
            made=now,
            probe=brought.probe,
            scope=scope,
            limits=limits,
            real_time=special,
            narrowed_from=b"",
            narrowed_by="",
        )
        done = _file(person, drafted, Verb.DRAFT, brought.blobs) | brought.facts()
    sentence = f"warrant {name} is drafted; it needs approvals now (entry {done['entry']})\n{told}"
    answer({**done, "threshold": stated.threshold, "one_in": stated.one_in}, sentence, as_json=as_json)


@warrant.command()
def show(
    name: Id,
    key: KeyFile,
    photo: Annotated[Path | None, typer.Option(help="write the probe photo to this file, for you alone")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show what a warrant says, its text, its hash, and who has signed. Reading it is an entry."""
    with ask.acting(deployment, key) as person:
        read = ask.reading(person, name)
        if photo is not None:
            data = ask.photo(person, name, read.photo_key, read.warrant.probe.image_digest)
            if photo.exists():
                raise Refused(f"{photo.name} exists already; choose another file for the photo")
            files.write(photo, data)
    facts = {name: value for name, value in read.answer.items() if name not in ("text", "photo_key")}
    facts |= {"warrant": records.plain(read.warrant), "text": read.text.decode(), "hash": read.hash.hex()}
    answer(facts, f"{in_words(read)}\n\n{_signed_by(read)}{alarms(read)}", as_json=as_json)


@warrant.command()
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
    """Approve a warrant: shows the text, asks, and signs the hash of what was shown."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        read = ask.reading(acting, name)
        if not (yes and as_json):
            typer.echo(_printable(f"{in_words(read)}\n{alarms(read)}"), err=True)
        if not yes and not typer.confirm("Do you approve exactly this?", default=False, err=True):
            raise Refused("you did not approve it, and nothing was signed: 'countenance warrant refuse' says why")
        done = decided(acting, read, approves=True, reason="")
    wait, settles = "", done.get("settles")
    if isinstance(settles, int) and settles > ask.now():
        wait = f"; approvals may be taken back, and no search begins, until {written(settles)}"
    told = f"{done['approvals']} of {done['needed']} approvals (entry {done['entry']}){wait}"
    answer(done, told, as_json=as_json)


@warrant.command()
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
    """Decline a warrant, or take an approval back."""
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        done = decided(acting, ask.reading(acting, name), approves=False, reason=reason)
    answer(done, f"declined; {done['approvals']} of {done['needed']} approvals stand", as_json=as_json)


@warrant.command()
def narrow(
    name: Id,
    *,
    key: KeyFile,
    camera: Annotated[list[str] | None, typer.Option(help="a camera that stays; repeat it")] = None,
    start: Annotated[str, typer.Option("--from", help=f"later start: {Time}")] = "",
    end: Annotated[str, typer.Option("--to", help="earlier end")] = "",
    candidates: Annotated[int | None, typer.Option(help="fewer candidates")] = None,
    uses: Annotated[int | None, typer.Option(help="fewer uses")] = None,
    expires: Annotated[str, typer.Option(help="earlier expiry")] = "",
    secrecy_end: Annotated[str, typer.Option(help="earlier end of secrecy")] = "",
    threshold: Annotated[int | None, typer.Option(help="higher threshold, in thousandths")] = None,
    one_in: Annotated[int | None, typer.Option(help="at most one false candidate in more searches")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a version that opens less. Whatever was signed before is void."""
    with ask.acting(deployment, key) as person:
        read = ask.reading(person, name)
        before, now = read.warrant, ask.now()
        scope, limits = before.scope, before.limits
        after = replace(
            before,
            number=before.number + 1,
            narrowed_from=read.hash,
            narrowed_by="" if person.person == before.requester else person.person,
            scope=Scope(
                cameras=tuple(camera) if camera else scope.cameras,
                start=_or(start, scope.start, now),
                end=_or(end, scope.end, now),
            ),
            limits=Limits(
                candidates=limits.candidates if candidates is None else candidates,
                uses=limits.uses if uses is None else uses,
                expires=_or(expires, limits.expires, now),
                secrecy_end=_or(secrecy_end, limits.secrecy_end, now),
                threshold=limits.threshold if threshold is None else threshold,
                one_in=limits.one_in if one_in is None else one_in,
            ),
        )
        done = _file(person, after, Verb.NARROW, ())
    answer(done, f"version {done['number']} stands; it needs approvals now (entry {done['entry']})", as_json=as_json)


@warrant.command(name="list")
def list_(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the warrants you may know of: a requester their own, approvers and reviewers all, clerks subjects' own."""
    with ask.acting(deployment, key) as person:
        lines = ask.listed(person)
    found: list[Json] = list(lines)
    said = [
        f"{line['warrant']}  version {line['number']}  {line['state']}  "
        f"{line['approvals']} of {line['needed']} approvals, {line['uses_left']} uses left"
        f"{_urgent(line.get('urgent'))}{_to_review(line)}"
        for line in lines
    ]
    answer({"warrants": found}, "\n".join(said) or "you see no warrants", as_json=as_json)


def in_words(read: Reading) -> str:
    """What a warrant says, in plain words, then the text that is signed and its hash."""
    said, scope, limits = read.warrant, read.warrant.scope, read.warrant.limits
    narrowed = f", narrowed by {said.narrowed_by or said.requester}" if said.number > 1 else ""
    lines = (
        f"Warrant {said.warrant}, version {said.number}{narrowed}",
        f"  case        {said.case}",
        f"  kind        {said.kind.value}",
        f"  purpose     {said.purpose}",
        f"  legal basis {said.legal_basis}",
        f"  asked by    {said.requester}, {written(said.made)}",
        f"  cameras     {', '.join(scope.cameras)}",
        f"  time        {written(scope.start)} to {written(scope.end)}",
        f"  limits      {limits.uses} searches, {limits.candidates} candidates each, until {written(limits.expires)}",
        f"  strangers   {f'at most one false candidate in {limits.one_in} searches' if limits.one_in else BARE}",
        f"  threshold   {limits.threshold / 1000:.3f} comparison score, or higher where many are compared",
        f"  secret till {written(limits.secrecy_end)}",
        f"  photo       SHA-256 {said.probe.image_digest.hex()}",
        f"  policy      SHA-256 {said.policy.hex()}",
        *real_time.in_words(said.real_time),
        *question.in_words(said.subject),
        "",
        "The text that is signed:",
        read.text.decode(),
        f"SHA-256 {read.hash.hex()}",
    )
    # A line break in somebody's words would let them write lines of their own here.
    return "\n".join(line.replace("\n", " ") for line in lines)


def alarms(read: Reading) -> str:
    """A line for each alarm about the warrant's probe, each after a line break; empty if there is none."""
    told = read.answer.get("alarms")
    lines = []
    for alarm in told if isinstance(told, list) else []:
        if isinstance(alarm, dict):
            other, entry = alarm.get("warrant"), alarm.get("entry")
            said = (
                f"the probe is nearly identical to that of warrant {other}, which ran at the same time"
                if alarm.get("compared")
                else f"the probe could not be compared with that of warrant {other}, which ran at the same time"
            )
            lines.append(f"\nALARM (entry {entry}): {said}")
    return "".join(lines)


def _signed_by(read: Reading) -> str:
    words = read.answer.get("approvals")
    lines = [f"{read.answer.get('state')}, {read.answer.get('uses_left')} uses left"]
    for word in words if isinstance(words, list) else []:
        if isinstance(word, dict):
            said = "approves" if word.get("approves") else f"declines: {word.get('reason')}"
            lines.append(f"  {word.get('person')} ({word.get('organisation')}) {said}")
    return "\n".join(lines)


def _kind(urgent: bool, exception: Path | None) -> WarrantKind:
    if urgent and exception:
        raise Malformed("a warrant is urgent or real-time, not both: leave one option out")
    return WarrantKind.URGENT if urgent else WarrantKind.REAL_TIME if exception else WarrantKind.ORDINARY


def _policy(person: Acting) -> bytes:
    """The hash of the policy that stands. Raises Malformed if the custodian says none that can be one."""
    stated = person.asker.ask(Verb.POLICY, Nothing()).get("policy")
    try:
        return bytes.fromhex(stated if isinstance(stated, str) else "")
    except ValueError as error:
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides") from error


def _to_review(line: dict[str, Json]) -> str:
    """What waits for this reviewer, a line each; to a clerk, how many wait for reviewers."""
    waiting, many = line.get("candidates"), line.get("to_review")
    own = [f"\n  candidate {one}" for one in waiting] if isinstance(waiting, list) else []
    return "".join(own) + (f", {many} wait for reviewers" if many else "")


def _urgent(status: Json) -> str:
    return f", URGENT, {status}" if status else ""


def _file(person: Acting, text: Warrant, verb: Verb, sealed: tuple[bytes, ...]) -> dict[str, Json]:
    spelled, deployment = records.write(text), person.genesis.deployment
    info = binding("warrant", deployment, text.warrant, str(text.number))
    return person.asker.ask(
        verb,
        Filing(text.warrant, text.number, hashlib.sha256(spelled).digest()),
        warrant=text.warrant,
        number=text.number,
        relay="warrant.file",
        extra_blobs=(seal(person.genesis.custodian_key, info, spelled), *sealed),
    )


def decided(person: Acting, read: Reading, *, approves: bool, reason: str) -> dict[str, Json]:
    """Approve or decline what was read: signs its hash. `reason`: empty for an approval. Returns who approves now."""
    said = Approval(read.warrant.warrant, read.warrant.number, read.hash, person.person, approves, reason, ask.now())
    return person.asker.ask(Verb.APPROVE, said)


def _or(text: str, before: Moment, now: Moment) -> Moment:
    return ask.moment(text, of=now) if text else before


def _printable(text: str) -> str:
    """Words of another person may hold terminal escapes that hide what is signed."""
    return "".join(letter for letter in text if letter.isprintable() or letter == "\n")
