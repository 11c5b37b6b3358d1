"""Questions: what anybody may ask at the door without a name, and what is said of it to whoever has the code.

Invariants:

* A question is an entry before it is answered with anything; it restricts and erases nothing by itself.
* What is told of it goes to who has the code, of which only the SHA-256 is kept, and is sealed to their portal.
* To whom no clerk has met, the statement is the same whatever the footage showed: somebody who asks about another
  person learns nothing of them.
* There are at most `DAILY_CAP` questions a day, counted without looking at any: who floods the door can keep others
  from asking by this way, and not fill log and store faster.
"""

import hashlib
from collections.abc import Iterator

from countenance.channel.message import Message
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour
from countenance.vocabulary.notices import NoticesAsked
from countenance.vocabulary.rights import (
    CODE,
    LONGEST_SPAN,
    LONGEST_WORDS,
    Enquiry,
    Outcome,
    Passed,
    Question,
    Statement,
    request_of,
)
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState, Place, Restricted, Row, Stage, partition_key
from countenance.zones.custodian.requests import FRESH_MINUTES, KEY, MINUTE, NONCE
from countenance.zones.custodian.rights.records import Asking, OfWarrant, Today

DAY = 24 * MILLISECONDS_AN_HOUR
DUE = 30 * DAY
"""Art. 12(3) says one month; no month is shorter than 28 days, but extensions are for the controller to give."""

DAILY_CAP = 100
"""Questions a day, all together: more than a privacy office can answer. The number is ours."""

KEPT = 90 * DAY
"""How long an answered question can still be looked up; one that nobody answered goes as long after it was due."""

OLDEST = 400 * DAY
LANGUAGES = frozenset({"en", "zh", "ru"})


def ask(opened: Opened, message: Message) -> Message:
    """`door.ask`: a sealed `Question` -> {request}, and a `Statement` sealed to who asked. Raises Malformed, Refused.

    Raises Unavailable where the day's questions are used up.
    """
    sealed = only(message)
    question = records.read(Question, unseal(opened.sealing_private, binding("question", _name(opened)), sealed))
    _check(opened, question)
    with opened.lock:
        request = request_of(question.code_hash)
        if opened.store.get(Asking, request) is not None:
            raise Refused("a question with this code was asked before: look it up by its code, or ask anew")
        now = opened.clock()
        if not spent(opened, "questions", DAILY_CAP):
            raise Unavailable("so many people have asked today that no more can be taken: ask tomorrow, or at the desk")
        facts = {"request": request, "wish": question.wish.value, "due": str(now + DUE)}
        entry = opened.sequencer.append(Kind.ASKED, facts)
        asking = Asking(
            request=request,
            wish=question.wish,
            camera=question.camera,
            start=question.start,
            end=question.end,
            language=question.language,
            code_hash=question.code_hash,
            question_digest=hashlib.sha256(sealed).digest(),
            made=opened.sequencer.entry(entry).made,
            due=now + DUE,
            entry=entry,
            outcome="",
            ground="",
            answered=0,
            replied_entry=-1,
            gone_by=0,
            sightings=(),
            erasure="",
        )
        opened.store.put(asking, request)
        return _told(opened, message, asking, question)


def status(opened: Opened, message: Message) -> Message:
    """`door.status`: a sealed `Enquiry` -> {}, and the `Statement` sealed to who asked. Raises Malformed, Refused."""
    enquiry = records.read(Enquiry, unseal(opened.sealing_private, binding("enquiry", _name(opened)), only(message)))
    check_fresh(opened, enquiry)
    if len(enquiry.code) != CODE:
        raise Malformed("a code has 26 letters and digits: copy it from where it was shown")
    with opened.lock:
        hashed = hashlib.sha256(enquiry.code).digest()
        asking = opened.store.get(Asking, request_of(hashed))
        if asking is None or asking.code_hash != hashed:
            raise Refused("no question with this code is known here, or no longer: check the code, or ask anew")
        return _told(opened, message, asking, enquiry)


def spent(opened: Opened, what: str, cap: int) -> bool:
    """Count one more of `what` today; False, and nothing counted, if there have been `cap`."""
    key = f"{what}/{opened.clock() // DAY}"
    today = opened.store.get(Today, key) or Today(0)
    if today.count >= cap:
        return False
    opened.store.put(Today(today.count + 1), key)
    return True


def every(opened: Opened) -> Iterator[Asking]:
    """All questions that are kept."""
    return (one for _, one in opened.store.all(Asking))


def one(opened: Opened, request: str) -> Asking:
    """The question with this id. Raises Refused if there is none."""
    found = opened.store.get(Asking, request)
    if found is None:
        raise Refused(
            "there is no question with this id here, or no longer: the list of requests shows those there are"
        )
    return found


def forget_old(opened: Opened) -> None:
    """Drop what was answered long ago: the clock's part."""
    with opened.lock:
        before = opened.clock() - KEPT
        for asking in list(every(opened)):
            if max(asking.answered or asking.due, asking.gone_by) < before:
                opened.store.drop(Asking, asking.request)
                opened.store.drop(OfWarrant, asking.warrant)
        today = opened.clock() // DAY
        for key, _ in list(opened.store.all(Today)):
            if int(key.rpartition("/")[2]) < today:
                opened.store.drop(Today, key)


def answered(opened: Opened) -> list[Json]:
    """Ids of all that is kept of what was answered: whoever has the words, text, probe or photo of it drops them.

    Not of what can still be copied: evidence is made of text, probe and photo. Told again and again: a repository that
    did not run for weeks, or was restored, is told too.
    """
    with opened.lock:
        now = opened.clock()
        done = [asking for asking in every(opened) if not asking.waits and not asking.copied(now)]
        return [name for asking in done for name in (asking.request, asking.warrant) if name]


def statement(opened: Opened, asking: Asking) -> Statement:
    """How a question stands, for whoever has its code."""
    entries = [asking.entry, asking.replied_entry]
    gone_by, state = asking.gone_by, opened.store.get(Restricted, asking.erasure) if asking.erasure else None
    met = asking.outcome == Outcome.MET
    if state is not None and state.stage is Stage.ERASED:
        gone_by = max(gone_by, state.gone_by)
        entries += [state.erased_entry] if met else []
    return Statement(
        deployment=_name(opened),
        request=asking.request,
        wish=asking.wish,
        recorded=asking.made,
        due=asking.due,
        outcome=asking.outcome,
        ground=asking.ground,
        answered=asking.answered,
        gone_by=gone_by,
        passed=tuple(_passed(opened, asking)) if met else (),
        entries=tuple(logged(opened, entry) for entry in entries if entry >= 0),
        partly=met and asking.partly,
    )


def _passed(opened: Opened, asking: Asking) -> Iterator[Passed]:
    for row in _pointed(opened, asking):
        state = opened.store.get(CameraState, row.camera)
        hours = 0 if state is None else state.camera.retention_hours
        yield Passed(row.camera, row.start, row.end, Hour(row.hour).end + hours * MILLISECONDS_AN_HOUR)


def _pointed(opened: Opened, asking: Asking) -> Iterator[Row]:
    """Those of its sightings that are still held."""
    rows = (row_of(opened, sighting) for sighting in asking.sightings)
    return (row for row in rows if row is not None)


def row_of(opened: Opened, sighting: str) -> Row | None:
    """A sighting's row, if it is still held."""
    place = opened.store.get(Place, sighting)
    key = "" if place is None else f"{partition_key(place.camera, place.hour)}/{sighting}"
    return opened.store.get(Row, key) if key else None


def check_fresh(opened: Opened, asked: Question | Enquiry | NoticesAsked) -> None:
    """Raise Malformed or Refused unless `asked` is of this deployment and of now."""
    if asked.deployment != _name(opened) or len(asked.nonce) != NONCE:
        raise Malformed("this was asked of another deployment: load the page again")
    if abs(opened.clock() - asked.made) > FRESH_MINUTES * MINUTE:
        raise Refused("this was not asked within the last five minutes: set this machine's clock, or ask again")


def only(message: Message) -> bytes:
    """The one sealed part that comes with what is asked at the door. Raises Malformed."""
    if len(message.blobs) != 1:
        raise Malformed("a question comes sealed, and alone")
    return message.blobs[0]


def _check(opened: Opened, question: Question) -> None:
    check_fresh(opened, question)
    now = opened.clock()
    if not 0 < question.end - question.start <= LONGEST_SPAN:
        raise Malformed("name a time of at most 30 minutes: a camera's footage shows everybody who passed then")
    if question.start > now or question.start < now - OLDEST:
        raise Malformed("name a time in the past, within the last year: nothing is kept for longer")
    if len(question.words) > LONGEST_WORDS:
        raise Malformed(f"describe yourself in at most {LONGEST_WORDS} characters")
    if question.language not in LANGUAGES or len(question.code_hash) != KEY:
        raise Malformed("this question cannot be read as one of this door's: load the page again")
    if opened.store.get(CameraState, question.camera) is None:
        raise Refused("no camera of this name was ever declared here: choose one of the list")


def _told(opened: Opened, message: Message, asking: Asking, asked: Question | Enquiry) -> Message:
    info = binding("answer", _name(opened), asked.nonce.hex())
    sealed = seal(asked.reply_key, info, records.write(statement(opened, asking)))
    return Message(message.verb, {"request": asking.request}, (sealed,))


def logged(opened: Opened, index: int) -> Logged:
    """One entry, opened, with the proof that it is in the log."""
    return Logged(opened.sequencer.preimage(index), opened.sequencer.prove(index))


def _name(opened: Opened) -> str:
    return opened.genesis.deployment
