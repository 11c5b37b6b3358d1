"""Notices: what the custodian confirms of the cameras that stand declared, so that nobody on the way can alter a notice
unseen, and how often a machine is wrong there.

Invariants: it is the same for everybody, and follows from declarations and calibrations alone. No search, review or
sighting changes a byte of it, so that nobody learns from a notice that somebody passed or was searched for.
"""

from countenance.channel.message import Message
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.formats import records
from countenance.vocabulary.calibration import BILLION, Calibration
from countenance.vocabulary.notices import Confirmation, Confirmed, ErrorRate, NoticesAsked
from countenance.warrants import calibrations
from countenance.warrants import threshold as thresholds
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import CameraState
from countenance.zones.custodian.rights import questions

ROWS = 1000
"""Sightings of the search that a notice gives figures for, or fewer, if no more may be compared."""


def confirm(opened: Opened, message: Message) -> Message:
    """`door.notices`: a sealed `NoticesAsked` -> {}, and the `Confirmation` sealed to who asked. Raises Malformed."""
    name = opened.genesis.deployment
    sealed = questions.only(message)
    asked = records.read(NoticesAsked, unseal(opened.sealing_private, binding("notices", name), sealed))
    questions.check_fresh(opened, asked)
    with opened.lock:
        known = tuple(opened.desk.calibrations)
        standing = sorted(
            (state for _, state in opened.store.all(CameraState) if not state.stopped), key=lambda one: one.camera.name
        )
        told = Confirmation(name, tuple(_confirmed(opened, state, known) for state in standing))
    answer = seal(asked.reply_key, binding("answer", name, asked.nonce.hex()), records.write(told))
    return Message(message.verb, {}, (answer,))


def _confirmed(opened: Opened, state: CameraState, known: calibrations.Known) -> Confirmed:
    camera = state.camera
    extractors = sorted({BUILT_IN.extractor, *(one.extractor for one in known)}) if camera.extracts else []
    fitting = (calibrations.known_of(known, camera.name, digest) for digest in extractors)
    return Confirmed(
        camera=camera.name,
        digest=records.digest(camera),
        since=opened.sequencer.entry(state.entry).made,
        entry=state.entry,
        rates=tuple(_rate(one) for one in fitting if one is not None),
    )


def _rate(calibration: Calibration) -> ErrorRate:
    of = (calibration,)
    rows = max(1, min(ROWS, thresholds.most_rows(of)))
    threshold = thresholds.for_rows(of, rows)
    return ErrorRate(
        extractor=calibration.extractor,
        source=calibration.source,
        made=calibration.made,
        rows=rows,
        threshold=threshold,
        false_most=round(thresholds.fmr(of, threshold) * BILLION),
        missed=thresholds.missed(of, threshold),
    )
