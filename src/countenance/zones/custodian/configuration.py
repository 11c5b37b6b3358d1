"""What a custodian can be told: the `[custodian]` section of `countenance.toml`."""

from dataclasses import dataclass

from countenance.errors import Malformed

LONGEST_WITHDRAWAL = 24 * 60
"""Minutes: a day. Whoever needs longer refuses, and is asked again."""

LONGEST_IDLE = 7 * 24 * 60
"""Minutes: a week."""


@dataclass(frozen=True, slots=True)
class CustodianSettings:
    """`cache_megabytes`: of what is kept in memory of sheets under open warrants (`pads`); 0 for none.

    `withdrawal_minutes`: how long approvals may be taken back before a search begins; none in demo deployments.
    `lock_after_minutes`: without a person's request, after which it locks; 0 for never.
    `notify`: smtp, ntfy or webhook, or empty for none: how approvers are told what was filed. `notify_server`:
    HOST:PORT of a mail server, or an https address; `notify_sender`: of mail; `notify_secret`: a file whose first line
    is user:password for mail, else a token.
    """

    cache_megabytes: int = 1024
    withdrawal_minutes: int = 10
    lock_after_minutes: int = 0
    notify: str = ""
    notify_server: str = ""
    notify_sender: str = ""
    notify_secret: str = ""

    def withdrawal(self) -> int:
        """The same in milliseconds. Raises Malformed if it is less than nothing, or longer than a warrant may wait."""
        if not 0 <= self.withdrawal_minutes <= LONGEST_WITHDRAWAL:
            raise Malformed(f"the setting [custodian] withdrawal_minutes is 0 to {LONGEST_WITHDRAWAL}")
        return self.withdrawal_minutes * 60_000

    def idle(self) -> int:
        """`lock_after_minutes` in milliseconds. Raises Malformed if it is less than nothing, or more than a week."""
        if not 0 <= self.lock_after_minutes <= LONGEST_IDLE:
            raise Malformed(f"the setting [custodian] lock_after_minutes is 0 to {LONGEST_IDLE}")
        return self.lock_after_minutes * 60_000

    def cache_bytes(self) -> int:
        """The same in bytes. Raises Malformed if it is less than nothing."""
        if self.cache_megabytes < 0:
            raise Malformed("the setting [custodian] cache_megabytes is 0 or more")
        return self.cache_megabytes * 1024**2
