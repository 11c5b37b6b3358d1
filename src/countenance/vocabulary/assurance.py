"""How much the split of a deployment over hosts and administrators is worth; printed on every answer."""

from collections.abc import Sequence
from enum import StrEnum

LEAST_ORGANISATIONS = 2
"""Of witnesses that cosigned all that is published, for a separated deployment to count as witnessed."""


class Assurance(StrEnum):
    """Levels of DESIGN: what each protects is in THREAT-MODEL.md."""

    SINGLE_HOST = "single-host"
    SEPARATED = "separated"
    WITNESSED = "witnessed"


def level(founded: Assurance, organisations: int) -> Assurance:
    """The level of a deployment: of what it was founded as, and how many organisations' witnesses its log shows.

    Witnesses do not make one machine into two: a `single-host` deployment stays so, however many there are.
    """
    if founded is Assurance.SINGLE_HOST:
        return founded
    return Assurance.WITNESSED if organisations >= LEAST_ORGANISATIONS else Assurance.SEPARATED


def told(level: str, witnesses: Sequence[str]) -> str:
    """A level in words, with the witnesses by name, or the word that says there are none."""
    return f"{level}, witnessed by {', '.join(witnesses)}" if witnesses else f"{level}, UNWITNESSED"
