"""Comparing: the one thread that takes probes from the queue, compares, alerts, and overwrites.

Invariants:

* After every probe, whatever came of it, the buffers are overwritten before the next is taken.
* A probe counts for a gallery only if it stands now before the camera of the session it came in.
* Nothing of a probe is logged; faults are told by their type.
"""

from collections.abc import Callable

from countenance.errors import CountenanceError, Malformed
from countenance.formats.probes import Heading
from countenance.zones.custodian.gallery import alerts
from countenance.zones.custodian.gallery.scoring import Workspace
from countenance.zones.custodian.gallery.sessions import Sessions, Waiting
from countenance.zones.custodian.gallery.standing import Galleries, Live
from countenance.zones.custodian.opened import Opened


class Comparer:
    """Compares for one opening at a time; its buffers are made once."""

    def __init__(self, sessions: Sessions, log: Callable[[str], None]) -> None:
        self._sessions = sessions
        self._log = log
        self._workspace = Workspace()

    def compare(self, opened: Opened, galleries: Galleries, waiting: Waiting) -> None:
        """One probe, from ciphertext to alerts or nothing; the buffers are overwritten when it returns."""
        counts = self._sessions.counts
        try:
            live, heading, found = self._found(galleries, waiting)
            self._workspace.wipe()
            counts.compared += 1
            if found:
                counts.alerts += alerts.record(opened, live, heading, waiting.session.camera, found)
        except CountenanceError:
            # Who sent it was told that it came; that it was nothing is counted.
            counts.rejected += 1
        except Exception as error:  # noqa: BLE001 - no probe may end the thread, nor be quoted in a log
            counts.rejected += 1
            self._log(f"a probe was not compared: {type(error).__name__}")
        finally:
            self._workspace.wipe()

    def _found(self, galleries: Galleries, waiting: Waiting) -> tuple[Live, Heading, list[int]]:
        heading = self._workspace.receive(waiting.session.probes, waiting.data)
        live = galleries.may(heading.gallery, waiting.session.edge, waiting.session.camera)
        if live is None:
            raise Malformed("this probe is for a gallery that does not stand before its camera")
        if live.permission.standing.flight:
            raise Malformed("a flight's gallery alerts nobody: it is asked who stands at the gate")
        if live.permission.standing.number != heading.number:
            raise Malformed("this probe is for another version of its gallery")
        found = self._workspace.candidates(heading, live)
        again = galleries.may(heading.gallery, waiting.session.edge, waiting.session.camera)
        if again is None or again.pads is not live.pads:
            # Its pads may have been overwritten while they were used: nothing comes of that.
            raise Malformed("this probe's gallery ended while it was compared")
        return live, heading, found
