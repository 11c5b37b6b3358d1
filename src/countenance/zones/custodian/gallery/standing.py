"""Standing: the galleries that may be compared with now, their pads in memory, as long as they may be.

Invariants:

* A gallery is here only under a `Permission` that was made in the last second; approvals taken back, people or edges
  revoked, an end that came: the next look drops it and overwrites its pads.
* Everything is overwritten when the gallery custodian closes; an act that is under way then finds nothing any more.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from countenance.errors import CountenanceError, Refused
from countenance.matching import encode
from countenance.vocabulary.galleries import MaskedGallery
from countenance.vocabulary.moments import Moment
from countenance.warrants import galleries
from countenance.warrants.galleries import Permission
from countenance.zones.custodian import edges, present
from countenance.zones.custodian.gallery import masking
from countenance.zones.custodian.gallery.records import GalleryState, MaskingKeys
from countenance.zones.custodian.opened import Opened

LOOKED_AT_EVERY = 1000
"""Milliseconds after which permission is asked anew."""


@dataclass(frozen=True, slots=True, repr=False)
class Live:
    """One gallery in memory. `pads`: shape (n, d). `least`: coded score that makes a candidate.

    `present`: shape (n,), of which rows that were not struck out: products of the others are noise.
    """

    permission: Permission
    keys: MaskingKeys
    pads: NDArray[np.int16]
    present: NDArray[np.bool_]
    least: int

    @property
    def listed(self) -> MaskedGallery:
        """As an edge is told of it."""
        kept = self.permission.standing
        rows, dimension = self.pads.shape
        return MaskedGallery(
            kept.gallery, kept.number, rows, dimension, kept.extractor, self.keys.digest, kept.flight, kept.basis
        )

    def __repr__(self) -> str:
        return f"Live({self.permission.standing.gallery}, {len(self.pads)} rows)"


class Galleries:
    """The galleries of one opening. Threads may share it."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._turn = threading.RLock()
        self._live: dict[str, Live] = {}
        self._failed: set[str] = set()
        self._edges: Mapping[str, str] = {}
        self._looked: Moment | None = None
        self._closed = False

    def now(self) -> Mapping[str, Live]:
        """Those that stand now, by id."""
        with self._turn:
            now = self._opened.clock()
            if self._looked is None or now - self._looked >= LOOKED_AT_EVERY:
                self.look()
            return dict(self._live)

    def may(self, gallery: str, edge: str, camera: str) -> Live | None:
        """The gallery, if it stands now before this camera of this edge, and the edge is enrolled: for a flight's, as
        a gate's kiosk, for any other as an edge.
        """
        with self._turn:
            found = self.now().get(gallery)
            if found is None or found.permission.standing.edge_of(camera) != edge:
                return None
            kind = edges.GATE if found.permission.standing.flight else edges.EDGE
            return found if self._edges.get(edge) == kind else None

    def of(self, edge: str, camera: str) -> tuple[Live, ...]:
        """Those that stand before one camera of one edge."""
        found = (self.may(name, edge, camera) for name in self.now())
        return tuple(one for one in found if one is not None)

    def again(self, gallery: str) -> None:
        """Read a gallery's keys anew: some of its rows were struck out."""
        with self._turn:
            if gallery in self._live:
                self._drop(gallery)
            self.look()

    def look(self) -> None:
        """Ask permission anew for every gallery that has not ended: after an act, or when a second has passed."""
        with self._turn:
            if self._closed:
                return
            self._looked = self._opened.clock()
            enrolled = (known for known in edges.every(self._opened) if not known.revoked)
            self._edges = {known.identity.name: known.identity.kind for known in enrolled}
            circumstances = present.circumstances(self._opened, 0)
            permitted: dict[str, Permission] = {}
            for name, known in self._opened.store.all(GalleryState):
                if known.ended:
                    continue
                try:
                    permitted[name] = galleries.permit(
                        known.standing, known.approvals, circumstances, self._opened.desk.calibrations
                    )
                except Refused:
                    continue
            for name in set(self._live) - set(permitted):
                self._drop(name)
            for name, permission in permitted.items():
                self._keep(name, permission)

    def close(self) -> None:
        """Overwrite and forget everything, for good."""
        with self._turn:
            self._closed = True
            for name in list(self._live):
                self._drop(name)

    def _keep(self, name: str, permission: Permission) -> None:
        known = self._live.get(name)
        if known is not None:
            self._live[name] = _live(permission, known.keys, known.pads)
            return
        if name in self._failed:
            return
        try:
            keys = masking.keys(self._opened, permission)
        except CountenanceError:
            # The log says that nothing came of it; tried again at the next opening, not every second.
            self._failed.add(name)
            return
        pads = masking.pads(self._opened, name, keys)
        self._live[name] = _live(permission, keys, pads)

    def _drop(self, name: str) -> None:
        self._live.pop(name).pads.fill(0)


def _live(permission: Permission, keys: MaskingKeys, pads: NDArray[np.int16]) -> Live:
    present = np.array([bool(one) for one in keys.references])
    return Live(permission, keys, pads, present, encode.least_score(permission.threshold, keys.dimension))
