"""What a gate's kiosks can be told: the `[gate]` section of `countenance.toml`."""

import ssl
from dataclasses import dataclass

from countenance.errors import Malformed
from countenance.formats import address


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Whom to tell. `carrier`, `border`: addresses, https://host/path, empty for nobody.

    `certificates`: a file of certificates (PEM) that vouch for both, in place of the machine's own.
    """

    carrier: str = ""
    border: str = ""
    certificates: str = ""

    def check(self) -> None:
        """Raise Malformed for an address that is none, or not https."""
        for url, what in ((self.carrier, "carrier"), (self.border, "border")):
            if url:
                address.place(url, what)

    def trust(self) -> ssl.SSLContext:
        """What both addresses are held to: certificate and host name, TLS 1.2 or later. Raises Malformed."""
        try:
            made = ssl.create_default_context(cafile=self.certificates or None)
        except (OSError, ssl.SSLError) as error:
            raise Malformed("the setting [gate] certificates is a file of certificates in PEM") from error
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        return made
