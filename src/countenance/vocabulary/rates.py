"""A rate and its bounds: how often something happened, and between what its true value is likely to lie."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """`value`, and `low` to `high` around it, all 0 to 1; of `trials`, and `coverage` is how often such bounds hold.

    With no trials nothing is known: 0, and 0 to 1.
    """

    value: float
    low: float
    high: float
    trials: int
    coverage: float = 0.95

    @property
    def enough(self) -> bool:
        """Whether the bounds are narrower than what they are about: if not, there are not enough data to say it."""
        return self.trials > 0 and self.high - self.low <= self.value * (1 + 1e-9)


NOTHING = Rate(0.0, 0.0, 1.0, 0)
"""Of no trials."""
