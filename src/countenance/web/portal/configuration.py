"""What a portal can be told: the `[portal]` section of `countenance.toml`. All of it is shown to everybody."""

import zoneinfo
from dataclasses import dataclass

from countenance.errors import Malformed


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """Who answers for the cameras, and where people find them. `timezone`: an IANA name, in which times are asked for.

    `agents`: who may ask for others by the Data Rights Protocol, `NAME=KEY` with spaces between, each key an Ed25519
    public key in base64; `business`: how that protocol names this operator.
    `desk`: where and when a clerk can be met; `authority`: whom to complain to, by name and address (GDPR Art. 77).
    """

    controller: str = ""
    contact: str = ""
    desk: str = ""
    authority: str = ""
    timezone: str = "UTC"
    agents: str = ""
    business: str = ""

    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone. Raises Malformed for a name that is none."""
        try:
            return zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise Malformed("the setting [portal] timezone is an IANA name, such as Europe/Berlin") from error
