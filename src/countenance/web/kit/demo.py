"""What console and gate have more in a demo deployment: where its desk is, and a door for the people played there.

Nowhere else is any of it: no address, no script, no word in the shell. The desk is on this machine, under one name; a
note beside the genesis record says at which port, while there is one.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from countenance.vocabulary.deployment import Genesis

DOOR: Final = "/play"
_DESK: Final = re.compile(r"http://desk\.localhost:[1-9][0-9]{0,4}")
_LONGEST: Final = 256


def desk_of(genesis: Genesis, note: Path) -> Callable[[], str]:
    """What tells the origin of the demo's desk as of now, or an empty string where there is none."""

    def told() -> str:
        try:
            with note.open("rb") as file:
                origin = json.loads(file.read(_LONGEST)).get("origin")
        except (OSError, ValueError, AttributeError):
            return ""
        return origin if isinstance(origin, str) and _DESK.fullmatch(origin) else ""

    return told if genesis.demo else str
