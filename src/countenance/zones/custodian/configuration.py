"""What a custodian can be told: the `[custodian]` section of `countenance.toml`."""

from dataclasses import dataclass

from countenance.errors import Malformed


@dataclass(frozen=True, slots=True)
class CustodianSettings:
    """`cache_megabytes`: of what is kept in memory of sheets under open warrants (`pads`); 0 for none."""

    cache_megabytes: int = 1024

    def cache_bytes(self) -> int:
        """The same in bytes. Raises Malformed if it is less than nothing."""
        if self.cache_megabytes < 0:
            raise Malformed("the setting [custodian] cache_megabytes is 0 or more")
        return self.cache_megabytes * 1024**2
