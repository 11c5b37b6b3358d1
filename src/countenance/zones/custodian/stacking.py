"""Stacking: what the second custodian adds to the first's pads and keys. Without a second, nothing.

Invariants:

* Pads are added and keys are combined; no function here returns a key that one custodian could make alone.
* The second decides for itself: it is given what people and edges signed, as they signed it. A refusal of the second's
  is raised before the first has made an entry, spent a use or changed anything.
* Nonces go to the second for as long as one call takes. It keeps none, so destroying them here destroys the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import derive
from countenance.errors import Refused, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.matching import mask
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import cases, witnesses
from countenance.zones.custodian.calling import Caller
from countenance.zones.custodian.cases import Candidate, WarrantState
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import OTHER_KEY, Declared, SecondHead
from countenance.zones.custodian.requests import Admitted, Papers
from countenance.zones.custodian.sheets import Sheet

Hours = Sequence[int]

NONCE, KEY = 16, 32
_PRODUCT = 4


@dataclass(frozen=True, slots=True, repr=False)
class Released:
    """The second's values of one sighting, each a tuple that is empty without a second. `footage`: by hour."""

    still: tuple[bytes, ...] = ()
    patches: tuple[bytes, ...] = ()
    footage: Mapping[int, bytes] | None = None

    def __repr__(self) -> str:
        return f"Released({len(self.still)} stills)"


@dataclass(frozen=True, slots=True, repr=False)
class Renewed:
    """What the second gives for new rows: `nonces`, 16 bytes each, `stills`, 32 bytes each, `pads`, 2 d bytes each."""

    nonces: bytes
    stills: bytes
    pads: bytes

    def __repr__(self) -> str:
        return f"Renewed({len(self.nonces) // NONCE} rows)"


def require(opened: Opened) -> None:
    """Raise Unavailable, with what to do, if there is a second custodian and it cannot answer now.

    Raises Tampered if its log does not extend what was seen of it: an older copy of it was put back.
    """
    if opened.second is None:
        return
    seen = opened.store.get(SecondHead, OTHER_KEY) or SecondHead(0, b"")
    answer = _object(opened.second.ask("ready", {"size": seen.size}))
    size, before = answer.get("size"), answer.get("before")
    if type(size) is not int or size < seen.size or before != seen.root.hex():
        said = "the second custodian's log went back or is another: restore it again, with the newest copy of its log"
        witnesses.alarm(opened, "second custodian", said)
        raise Tampered(said)
    with opened.lock:
        if size > (opened.store.get(SecondHead, OTHER_KEY) or seen).size:
            opened.store.put(SecondHead(size, _key(answer, "root")), OTHER_KEY)


def shares(opened: Opened, request: bytes, camera: str, hours: Sequence[int]) -> dict[int, bytes]:
    """The second's sealed shares of the leases of these hours, as far as it gives them; empty ones without a second."""
    if opened.second is None:
        return dict.fromkeys(hours, b"")
    declared = opened.store.get(Declared, camera)
    if declared is None:
        raise Refused("this camera was declared before there was a second custodian: withdraw it and declare it again")
    require(opened)
    answer = _object(opened.second.ask("lease", {}, request, records.write(declared.signed)))
    given = {int(hour): bytes.fromhex(str(letter)) for hour, letter in answer.items() if hour.isdecimal()}
    return {hour: given[hour] for hour in hours if hour in given}


def begun(opened: Opened, admitted: Admitted, papers: Papers, state: WarrantState) -> str:
    """The second's name for a search that it has authorised by itself; empty without a second."""
    if opened.second is None:
        return ""
    body, blobs = _case(opened, admitted, papers, state)
    require(opened)
    return opened.second.ask("search.begin", body, *blobs).decode()


def add_padded(opened: Opened, search: str, sheet: Sheet, padded: NDArray[np.int32]) -> None:
    """Add <q, the second's pad> to `padded`, (n,), for every position of `sheet`. `search`: of `begun`."""
    if opened.second is None:
        return
    body: dict[str, Json] = {"search": search, "camera": sheet.camera, "hour": sheet.hour}
    data = opened.second.ask("search.pads", body, sheet.nonces)
    if len(data) != _PRODUCT * len(padded):
        raise Tampered("the second custodian answered for another number of rows: run the same version on both sides")
    padded += np.frombuffer(data, dtype="<i4")


def ended(opened: Opened, search: str) -> None:
    """Tell the second that the search's answer is about to be delivered."""
    if opened.second is not None:
        # The use that was spent there is in its log: it is remembered before the answer leaves.
        require(opened)
        opened.second.ask("search.end", {"search": search})


def still(
    opened: Opened, admitted: Admitted, papers: Papers, state: WarrantState, *, of: Candidate, nonce: bytes
) -> tuple[bytes, ...]:
    """The second's value of a candidate's still, for a reviewer whose signed ask `admitted` is."""
    if opened.second is None:
        return ()
    body, blobs = _case(opened, admitted, papers, state)
    # A third is shown it because two disagree, of which the second custodian convinces itself.
    verdicts = tuple(records.write(signed) for signed in of.verdicts) if cases.places(of) > cases.VIEWERS else ()
    body = {**body, "camera": of.camera, "hour": of.hour, "verdicts": len(verdicts)}
    require(opened)
    return (opened.second.ask("still", body, *blobs, *verdicts, nonce),)


def released(
    opened: Opened,
    admitted: Admitted,
    papers: Papers,
    state: WarrantState,
    *,
    of: Candidate,
    needs: tuple[bytes, Hours],
) -> Released:
    """The second's values for a disclosure. `needs`: nonce of still and patches, and the hours of footage."""
    if opened.second is None:
        return Released()
    nonce, hours = needs
    verdicts = tuple(records.write(signed) for signed in of.verdicts)
    body, blobs = _case(opened, admitted, papers, state)
    body = {**body, "camera": of.camera, "hour": of.hour, "footage": list(hours), "verdicts": len(verdicts)}
    require(opened)
    answer = _object(opened.second.ask("disclosure", body, *blobs, *verdicts, nonce))
    return Released((_key(answer, "still"),), (_key(answer, "patches"),), _footage(answer))


def looked(opened: Opened, admitted: Admitted, camera: str) -> Mapping[int, bytes] | None:
    """The second's values of footage for an operator's look, by hour; None without a second."""
    if opened.second is None:
        return None
    letter = records.write(admitted.signed)
    require(opened)
    return _footage(_object(opened.second.ask("look", {}, letter, *_declared(opened, (camera,)))))


def footage_key(key: bytes, hour: int, second: Mapping[int, bytes] | None) -> bytes:
    """The footage key of `hour` from the first's value `key` and, where there is one, the second's."""
    return derive.combined(key) if second is None else derive.combined(key, second[hour])


def rotated(opened: Opened, sheet: Sheet, nonces: bytes) -> tuple[bytes, NDArray[np.int16]] | None:
    """New nonces that the second drew for rows with these, and its pad' - pad, (n, d); None without a second."""
    if opened.second is None or not nonces:
        return None
    body: dict[str, Json] = {"camera": sheet.camera, "hour": sheet.hour, "dimension": sheet.dimension}
    data = opened.second.ask("rotate", body, nonces)
    if len(data) != len(nonces) + 2 * sheet.dimension * (len(nonces) // NONCE):
        raise Tampered("the second custodian rotated another number of rows: run the same version on both sides")
    return data[: len(nonces)], mask.rows(data[len(nonces) :], sheet.dimension)


def renewed(
    second: Caller,
    order: MigrationOrder,
    approvals: Sequence[Signed],
    *,
    place: tuple[str, int],
    rows: Sequence[tuple[str, bytes]],
) -> Renewed:
    """What the second gives for new rows of `rows` (sighting, nonce of its still), under a migration order."""
    camera, hour = place
    body: dict[str, Json] = {"camera": camera, "hour": hour, "sightings": [name for name, _ in rows]}
    words = tuple(records.write(signed) for signed in approvals)
    data = second.ask("remake", body, records.write(order), *words, b"".join(nonce for _, nonce in rows))
    if len(data) != (NONCE + KEY + 2 * order.dimension) * len(rows):
        raise Tampered("the second custodian answered for another number of rows: run the same version on both sides")
    first, last = NONCE * len(rows), (NONCE + KEY) * len(rows)
    return Renewed(data[:first], data[first:last], data[last:])


def _case(
    opened: Opened, admitted: Admitted, papers: Papers, state: WarrantState
) -> tuple[dict[str, Json], tuple[bytes, ...]]:
    """What the second checks a warrant by: who asks, text, template, its cameras' declarations, the words on it."""
    declared = _declared(opened, state.standing.scope.cameras)
    words = tuple(records.write(signed) for signed in state.approvals)
    return {"cameras": len(declared)}, (
        records.write(admitted.signed),
        papers.text,
        papers.template,
        *declared,
        *words,
    )


def _declared(opened: Opened, cameras: Sequence[str]) -> tuple[bytes, ...]:
    """The declarations of these cameras, as their operators signed them: one may never have been leased."""
    known = (opened.store.get(Declared, camera) for camera in cameras)
    return tuple(records.write(one.signed) for one in known if one is not None)


def _object(data: bytes) -> Mapping[str, Json]:
    value = canonical.read(data)
    if not isinstance(value, Mapping):
        raise Tampered("the second custodian's answer is no object: run the same version on both sides")
    return value


def _key(answer: Mapping[str, Json], name: str) -> bytes:
    return bytes.fromhex(str(answer[name]))


def _footage(answer: Mapping[str, Json]) -> dict[int, bytes]:
    listed = answer["footage"]
    keys = listed if isinstance(listed, Mapping) else {}
    return {int(hour): bytes.fromhex(str(key)) for hour, key in keys.items()}
