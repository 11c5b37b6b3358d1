"""Identifying: a gate's kiosk asks its flight's gallery whose probe it has, or has somebody struck out of it.

How a probe is identified (the numbers are in the code):

1. The gallery is a flight's, stands now before this very kiosk, and was not asked as often as its text allows.
2. *identified* is an entry, without who: a search that nobody is told of is none.
3. The probe is decrypted into this process's buffers, compared, and the buffers are overwritten (`scoring`).
4. One traveller's references above the threshold: the answer is their check-in number. None's, or two's: it is empty.

How somebody is struck out: *struck* is an entry; the nonces of their rows are drawn anew, so that nobody has the pads
of those rows any more, and photo keys and photos go with them. Scores never leave this process.
"""

import threading
from dataclasses import replace
from typing import Final

from countenance.channel.message import Message
from countenance.crypto.session import OVERHEAD
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.formats.probes import LARGEST
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import sequence_of
from countenance.warrants import calibrations
from countenance.zones.custodian.gallery.masking import NONCE
from countenance.zones.custodian.gallery.records import Identifications, PhotoKey, photos
from countenance.zones.custodian.gallery.scoring import Workspace
from countenance.zones.custodian.gallery.sessions import Attending, Sessions
from countenance.zones.custodian.gallery.standing import Galleries, Live
from countenance.zones.custodian.opened import Opened

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
        gallery, sequence = str(asked[0]), str(asked[1]).lstrip("0")
        with self._turn, opened.lock:
            live = _standing(galleries, gallery, session)
            rows = [at for at, one in enumerate(live.keys.references) if _of(one) == sequence]
            if rows:
                _strike(opened, live, rows, session)
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
        found = {sequence_of(live.keys.references[row]) for row in rows}
        return tuple(found) if len(found) == 1 else ()  # (4)


def _standing(galleries: Galleries, gallery: str, session: Attending) -> Live:
    live = galleries.may(gallery, session.edge, session.camera)
    if live is None or not live.permission.standing.flight:
        raise Refused(_NOT_HERE)
    return live


def _of(reference: str) -> str:
    return sequence_of(reference).lstrip("0") if reference else ""


def _strike(opened: Opened, live: Live, rows: list[int], session: Attending) -> None:
    kept, keys = live.permission.standing, live.keys
    facts = {"warrant": kept.gallery, "number": str(kept.number), "camera": session.camera}
    opened.sequencer.append(Kind.STRUCK, facts, of=keys.entry)
    nonces, references = bytearray(keys.nonces), list(keys.references)
    for row in rows:
        nonces[NONCE * row : NONCE * (row + 1)] = opened.random(NONCE)
    names = [references[row] for row in rows]
    for row in rows:
        references[row] = ""
    with opened.store.together():
        opened.store.put(replace(keys, nonces=bytes(nonces), references=tuple(references)), kept.gallery)
        for name in names:
            opened.store.drop(PhotoKey, f"{kept.gallery}/{name}")
    opened.store.replace_key()
    for name in names:
        files.destroy(photos(opened.directory, kept.gallery) / name)
