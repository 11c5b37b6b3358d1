"""Identifying: a gate's kiosk asks its flight's gallery whose probe it has, or has somebody struck out of it.

How a probe is identified (the numbers are in the code):

1. The probe is decrypted into this process's buffers; the gallery that it names is a flight's, stands now before this
   very kiosk, and was not asked as often as its text allows.
2. *identified* is an entry, without who: a search that nobody is told of is none.
3. The probe is compared, and the buffers are overwritten (`scoring`). A gallery that went meanwhile names nobody.
4. One traveller's references above the threshold: the answer is their check-in number. None's, or two's: it is empty.

How somebody is struck out: *struck* is an entry, with who under a key that dies with the gallery; the nonces of their
rows are drawn anew, so that nobody has the pads of those rows any more, and photo keys and photos go with them. A crash
in between is finished at the next opening, from the log; so is a strike that a restored store knows nothing of, and
what was asked is counted. A store from before the gallery was masked cannot tell whom the log means: the gallery ends.
Scores never leave this process.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.crypto.session import OVERHEAD
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.formats.probes import LARGEST
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.galleries import bare, sequence_of
from countenance.warrants import calibrations
from countenance.zones.custodian.gallery import ending
from countenance.zones.custodian.gallery.masking import NONCE
from countenance.zones.custodian.gallery.records import GalleryState, Identifications, MaskingKeys, PhotoKey, photos
from countenance.zones.custodian.gallery.scoring import Workspace
from countenance.zones.custodian.gallery.sessions import Attending, Sessions
from countenance.zones.custodian.gallery.standing import Galleries, Live
from countenance.zones.custodian.opened import Opened

_WHO: Final = 16
"""Bytes of what an entry says of who was struck out."""

_NOT_HERE: Final = "no gallery of a flight stands before this kiosk now: take the other lane"


class Identifier:
    """Answers kiosks, one at a time; its buffers are made once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._turn = threading.Lock()
        self._workspace = Workspace()

    def identify(self, opened: Opened, galleries: Galleries, message: Message) -> Message:
        """`session.identify`: one message, a probe; back an encrypted list of at most one check-in number."""
        session = self._sessions.of(message)
        if len(message.blobs) != 1 or len(message.blobs[0]) > LARGEST + OVERHEAD:
            raise Malformed("this verb comes with one encrypted probe")
        with self._turn:
            try:
                found = self._found(opened, galleries, session, message.blobs[0])
            finally:
                self._workspace.wipe()
        return self._sessions.answered(session, message, list(found))

    def strike(self, opened: Opened, galleries: Galleries, message: Message) -> Message:
        """`session.strike`: an encrypted list of gallery and check-in number; back who was struck out, or nobody."""
        session, asked = self._sessions.asked(message)
        if not isinstance(asked, list) or len(asked) != 2:
            raise Malformed("who is struck out is named by gallery and check-in number")
        gallery, sequence = str(asked[0]), bare(str(asked[1]))
        with self._turn:
            live = _standing(galleries, gallery, session)
            rows = [at for at, one in enumerate(live.keys.references) if _of(one) == sequence]
            if rows:
                try:
                    # Whoever looks what stands holds the galleries' turn, then the store's lock: never the other way.
                    with opened.lock:
                        _struck(opened, live, rows, session)
                finally:
                    galleries.again(gallery)
        found: list[Json] = [sequence] if rows else []
        return self._sessions.answered(session, message, found)

    def _found(self, opened: Opened, galleries: Galleries, session: Attending, data: bytes) -> tuple[str, ...]:
        heading = self._workspace.receive(session.probes, data)
        live = _standing(galleries, heading.gallery, session)  # (1)
        kept = live.permission.standing
        if kept.number != heading.number:
            raise Malformed("this probe is for another version of its gallery")
        facts = {"warrant": kept.gallery, "number": str(kept.number), "camera": session.camera}
        facts |= calibrations.named(live.permission.of)
        with opened.lock:
            asked = opened.store.get(Identifications, kept.gallery) or Identifications(0)
            if asked.times >= kept.limits.alerts:
                raise Refused("this gallery was asked as often as its text allows: take the other lane")
            opened.sequencer.append(Kind.IDENTIFIED, facts, of=live.keys.entry)  # (2)
            opened.store.put(Identifications(asked.times + 1), kept.gallery)
        rows = self._workspace.candidates(heading, live)  # (3)
        # Its pads may have been overwritten while they were used: of what came of that, nothing is said.
        if _standing(galleries, heading.gallery, session).pads is not live.pads:
            raise Refused(_NOT_HERE)
        # One check-in number may be spelled with zeros and without.
        found = {_of(name): sequence_of(name) for name in (live.keys.references[row] for row in rows)}
        return tuple(found.values()) if len(found) == 1 else ()  # (4)


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """At opening: whom the log says was struck out is, and what was asked is counted, whatever an old store says."""
    asked: Counter[str] = Counter()
    struck: dict[str, dict[int, set[str]]] = {}
    for entry in history:
        facts = dict(entry.facts)
        if entry.kind is Kind.IDENTIFIED:
            asked[facts["warrant"]] += 1
        elif entry.kind is Kind.STRUCK:
            struck.setdefault(facts["warrant"], {}).setdefault(entry.of, set()).add(facts.get("who", ""))
    with opened.lock:
        for gallery, keys in list(opened.store.all(MaskingKeys)):
            known = opened.store.get(Identifications, gallery)
            if asked[gallery] > (known.times if known else 0):
                opened.store.put(Identifications(asked[gallery]), gallery)
            if keys.entry in struck.get(gallery, {}):
                _finish(opened, gallery, keys, struck.pop(gallery)[keys.entry])
        for gallery in struck:
            state = opened.store.get(GalleryState, gallery)
            if state is not None and not state.ended:
                ending.end(opened, state, ending.WITHDRAWN, reason="restored from before somebody was struck out")


def _standing(galleries: Galleries, gallery: str, session: Attending) -> Live:
    live = galleries.may(gallery, session.edge, session.camera)
    if live is None or not live.permission.standing.flight:
        raise Refused(_NOT_HERE)
    return live


def _of(reference: str) -> str:
    return bare(sequence_of(reference)) if reference else ""


def _who(keys: MaskingKeys, sequence: str) -> str:
    """Who was struck out, to whoever has the gallery's salt; to nobody once it is destroyed."""
    return derive.subkey(keys.salt, f"struck {sequence}")[:_WHO].hex()


def _struck(opened: Opened, live: Live, rows: Sequence[int], session: Attending) -> None:
    kept, keys = live.permission.standing, live.keys
    if opened.store.get(MaskingKeys, kept.gallery) != keys:
        # It ended since it was looked at: nothing of it may be written again.
        raise Refused(_NOT_HERE)
    facts = {"warrant": kept.gallery, "number": str(kept.number), "camera": session.camera}
    opened.sequencer.append(Kind.STRUCK, {**facts, "who": _who(keys, _of(keys.references[rows[0]]))}, of=keys.entry)
    _strike(opened, kept.gallery, keys, rows)


def _strike(opened: Opened, gallery: str, keys: MaskingKeys, rows: Sequence[int]) -> None:
    nonces, references = bytearray(keys.nonces), list(keys.references)
    names = [references[row] for row in rows]
    for row in rows:
        nonces[NONCE * row : NONCE * (row + 1)] = opened.random(NONCE)
        references[row] = ""
    with opened.store.together():
        opened.store.put(replace(keys, nonces=bytes(nonces), references=tuple(references)), gallery)
        for name in names:
            opened.store.drop(PhotoKey, f"{gallery}/{name}")
    opened.store.replace_key()
    for name in names:
        files.destroy(photos(opened.directory, gallery) / name)


def _finish(opened: Opened, gallery: str, keys: MaskingKeys, struck: set[str]) -> None:
    rows = [at for at, one in enumerate(keys.references) if one and _who(keys, _of(one)) in struck]
    if rows:
        _strike(opened, gallery, keys, rows)
    place = photos(opened.directory, gallery)
    left = [one for one in place.glob("*") if opened.store.get(PhotoKey, f"{gallery}/{one.name}") is None]
    if left:
        # The crash came before they were destroyed, and perhaps before the store's old key was.
        opened.store.replace_key()
    for one in left:
        files.destroy(one)
