"""Alerts: what a comparison above the threshold leaves behind, and who is told.

Invariants:

* The entry comes first, without reference, sighting or moment; the alert itself lies encrypted in the store.
* A sighting alerts to a reference once, however often its probe is sent, and to none of a gallery that has ended.
* A gallery makes at most as many alerts in 24 hours as its text says; that it reached the limit is an entry, once.
* Alerts leave sealed to a reviewer who asks, and to nobody else; there is no score in them.
"""

from collections.abc import Sequence

from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.formats.probes import Heading
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Alert
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.warrants import Role
from countenance.warrants import calibrations
from countenance.zones.custodian import roster
from countenance.zones.custodian.gallery.records import state
from countenance.zones.custodian.gallery.standing import Live
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted

DAY = 24 * MILLISECONDS_AN_HOUR
_ID = 8
_LIMIT = "limit reached"


def record(opened: Opened, live: Live, heading: Heading, camera: str, rows: Sequence[int]) -> int:
    """Keep an alert for each of `rows` (positions of references); returns how many there was still room for."""
    kept, made = live.permission.standing, 0
    facts = {"warrant": kept.gallery, "number": str(kept.number), "camera": camera}
    facts |= calibrations.named(live.permission.of)
    with opened.lock:
        if state(opened, kept.gallery).ended:
            # It ended while this was compared: what was kept of it is dropped already.
            return 0
        now = opened.clock()
        for row in rows:
            key = f"{kept.gallery}/{heading.sighting}/{live.keys.references[row]}"
            if opened.store.get(Alert, key) is not None:
                continue
            if opened.store.count(Alert, f"{kept.gallery}/") >= kept.limits.alerts:
                today = [one for _, one in opened.store.all(Alert, f"{kept.gallery}/") if one.made > now - DAY]
                if len(today) >= kept.limits.alerts:
                    _say_limit(opened, live, facts, today)
                    break
            name = opened.random(_ID).hex()
            entry = opened.sequencer.append(Kind.ALERTED, facts | {"alert": name}, of=live.keys.entry)
            alert = Alert(
                alert=name,
                gallery=kept.gallery,
                number=kept.number,
                reference=live.keys.references[row],
                camera=camera,
                moment=heading.moment,
                sighting=heading.sighting,
                made=now,
                entry=entry,
            )
            opened.store.put(alert, key)
            made += 1
    return made


def show(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """ALERTS by a reviewer: all that are kept, oldest first. Being told is an entry."""
    roster.require(admitted.person, Role.REVIEWER)
    with opened.lock:
        found = sorted((alert for _, alert in opened.store.all(Alert)), key=lambda one: one.moment)
        of = " ".join(sorted({one.gallery for one in found}))
        facts = {"person": admitted.person.name, "what": "alerts", "count": str(len(found)), "warrants": of}
        entry = opened.sequencer.append(Kind.READ, facts)
        return {"alerts": [records.plain(alert) for alert in found], "entry": entry}


def _say_limit(opened: Opened, live: Live, facts: dict[str, str], today: Sequence[Alert]) -> None:
    """One entry, unless the newest alert's was followed by one already."""
    newest = max(one.entry for one in today)
    for index in range(newest + 1, opened.sequencer.size):
        entry = opened.sequencer.entry(index)
        if entry.kind is Kind.ALERTED and dict(entry.facts).get("limit") and entry.of == live.keys.entry:
            return
    opened.sequencer.append(Kind.ALERTED, facts | {"limit": _LIMIT}, of=live.keys.entry)
