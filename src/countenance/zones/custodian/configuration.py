"""What a custodian can be told: the `[custodian]` section of `countenance.toml`."""

from dataclasses import dataclass

from countenance.errors import Malformed

LONGEST_WITHDRAWAL = 24 * 60
"""Minutes: a day. Whoever needs longer refuses, and is asked again."""


@dataclass(frozen=True, slots=True)
class CustodianSettings:
    """`cache_megabytes`: of what is kept in memory of sheets under open warrants (`pads`); 0 for none.

    `withdrawal_minutes`: how long approvals may be taken back before a search begins; none in demo deployments.
    `notify`: smtp, ntfy or webhook, or empty for none: how approvers are told what was filed. `notify_server`:
    HOST:PORT of a mail server, or an https address; `notify_sender`: of mail; `notify_secret`: a file whose first line
    is user:password for mail, else a token.
    """

    cache_megabytes: int = 1024
    withdrawal_minutes: int = 10
    notify: str = ""
    notify_server: str = ""
    notify_sender: str = ""
    notify_secret: str = ""

    def withdrawal(self) -> int:
        """The same in milliseconds. Raises Malformed if it is less than nothing, or longer than a warrant may wait."""
        if not 0 <= self.withdrawal_minutes <= LONGEST_WITHDRAWAL:
            raise Malformed(f"the setting [custodian] withdrawal_minutes is 0 to {LONGEST_WITHDRAWAL}")
        return self.withdrawal_minutes * 60_000

    def cache_bytes(self) -> int:
        """The same in bytes. Raises Malformed if it is less than nothing."""
        if self.cache_megabytes < 0:
            raise Malformed("the setting [custodian] cache_megabytes is 0 or more")
        return self.cache_megabytes * 1024**2
