"""How much the split of a deployment over hosts and administrators is worth; printed on every answer."""

from enum import StrEnum


class Assurance(StrEnum):
    """Levels of DESIGN: what each protects is in THREAT-MODEL.md."""

    SINGLE_HOST = "single-host"
    SEPARATED = "separated"
    WITNESSED = "witnessed"
