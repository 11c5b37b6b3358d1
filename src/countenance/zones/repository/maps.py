"""Maps: the files of sheets, mapped into memory read-only for the matcher, the last used ones kept.

Invariants:

* Only what is asked for is opened; `opened` and `bytes` count it.
* The number kept is bounded, also by how many files the process may have open. Who holds an array keeps its map when
  it is forgotten here, or when the file is dropped or replaced.
"""

import os
import resource
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from countenance.errors import Tampered
from countenance.zones.repository import sheet
from countenance.zones.repository.sheet import SheetId

MOST_KEPT = 4096


class Maps:
    """`where`: the file of a sheet's rows. `opened`, `bytes`: files mapped since the start, and their rows' bytes."""

    def __init__(self, where: Callable[[SheetId], Path], log: Callable[[str], None]) -> None:
        self._where = where
        self._log = log
        self._guard = threading.Lock()
        self._kept: OrderedDict[SheetId, NDArray[np.int16]] = OrderedDict()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = MOST_KEPT if files == resource.RLIM_INFINITY else min(MOST_KEPT, files // 2)
        self.opened = 0
        self.bytes = 0

    def rows(self, which: SheetId, count: int) -> NDArray[np.int16] | None:
        """The first `count` rows as they lie on the disk, (at most count, d); None if there is no file to be read.

        What the file does not cover would read as zeros. Damage is logged.
        """
        with self._guard:
            known = self._kept.get(which)
            if known is not None and len(known) >= count:
                self._kept.move_to_end(which)
                return known[:count]
        found = self._mapped(which)
        if found is None:
            return None
        with self._guard:
            self.opened += 1
            self.bytes += found.nbytes
            self._kept[which] = found
            self._kept.move_to_end(which)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found[:count]

    def forget(self, chosen: Callable[[SheetId], bool]) -> None:
        """Let go of the maps that `chosen` says."""
        with self._guard:
            for which in [one for one in self._kept if chosen(one)]:
                del self._kept[which]

    def __len__(self) -> int:
        return len(self._kept)

    def _mapped(self, which: SheetId) -> NDArray[np.int16] | None:
        try:
            file = os.open(self._where(which), os.O_RDONLY | os.O_CLOEXEC)
            try:
                return sheet.mapped(file, which)
            finally:
                os.close(file)
        except FileNotFoundError:
            return None
        except (Tampered, OSError) as error:
            self._log(f"ALARM: sheet={which} cannot be read: {type(error).__name__}")
            return None
