"""A FIDO2 key in this machine's USB port, for people who act in a terminal instead of on the approval page.

The same credential, rp id and origin as on the page, so the custodian cannot tell the two apart, and does not need to:
what is signed is the ask, and this terminal shows what it is about. Needs the extra `usb` (package fido2).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from countenance.channel.ask import Asker
from countenance.channel.client import Connection
from countenance.cli import ask
from countenance.cli.ask import Acting
from countenance.cli.say import genesis_of
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import records
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.requests import Ask, Assertion, Signed

if TYPE_CHECKING:
    # An extra: where it is not installed, every other verb must still load.
    from fido2.ctap import CtapDevice

PATIENCE_MILLISECONDS = 120_000

# What acts take that need their person by hand (`authorship.BY_HAND`): see `signing`.
Signing = Annotated[Path | None, typer.Option("--key", help="your key file, which signs in demo deployments only")]
Usb = Annotated[bool, typer.Option("--usb", help="sign with the FIDO2 key in this machine's USB port")]
Name = Annotated[str, typer.Option("--person", help="with --usb: your name on the roster")]


def devices() -> "Sequence[CtapDevice]":
    """The FIDO2 keys that are plugged in. Raises Unavailable if the extra is not installed, or none may be opened."""
    try:
        from fido2.hid import CtapHidDevice  # noqa: PLC0415 - an extra, see above
    except ImportError as error:
        raise Unavailable("USB keys need the package fido2: install countenance with the extra 'usb'") from error
    try:
        return list(CtapHidDevice.list_devices())
    except OSError as error:
        raise Unavailable(f"the USB keys cannot be opened ({error.strerror}): let this account read them") from error


@contextmanager
def acting(genesis: Genesis, connection: Connection, person: str) -> Iterator[Acting]:
    """Act at a custodian as `person` with the one USB key that is plugged in. Every ask takes a touch."""
    if genesis.approval is None:
        raise Refused("this deployment has no approval origin: key files sign here")
    found = devices()
    if len(found) != 1:
        raise Unavailable(f"{len(found)} USB keys are plugged in: plug in the one that you act with, and no other")
    signs = hand(found[0], genesis.approval)
    with connection as line:
        yield Acting(genesis, person, Asker(genesis, line, person, signs, ask.now), line)


def signing(deployment: Path, key: Path | None, person: str) -> AbstractContextManager[Acting]:
    """Who signs: `person` with a USB key, or whoever the key file is of. Raises Malformed unless it is one of them."""
    check_one(key, person)
    if key is not None:
        return ask.acting(deployment, key)
    return acting(genesis_of(deployment), ask.connection(deployment), person)


def check_one(key: Path | None, person: str) -> None:
    """Raise Malformed unless somebody signs with a key file, or with a USB key."""
    if bool(person) == (key is not None):
        raise Malformed("sign with --key FILE, or with --usb and --person NAME")


def hand(device: "CtapDevice", origin: ApprovalOrigin) -> Callable[[Ask], Signed]:
    """What signs asks with `device`, asking for its PIN once. Raises Unavailable if it does not sign."""
    from fido2.client import ClientError, DefaultClientDataCollector, Fido2Client  # noqa: PLC0415 - an extra
    from fido2.client import UserInteraction as Interaction  # noqa: PLC0415 - an extra
    from fido2.webauthn import (  # noqa: PLC0415 - an extra
        PublicKeyCredentialRequestOptions,
        UserVerificationRequirement,
    )

    class Terminal(Interaction):
        """What the key needs of the person, said on standard error."""

        def __init__(self) -> None:
            self._pin = ""

        def prompt_up(self) -> None:
            """Ask for a touch."""
            typer.echo("touch your key now …", err=True)

        def request_pin(self, permissions: object, rp_id: str | None) -> str:
            """Ask for the PIN, once a command."""
            del permissions, rp_id
            self._pin = self._pin or typer.prompt("PIN of your key", hide_input=True, err=True)
            return self._pin

        def request_uv(self, permissions: object, rp_id: str | None) -> bool:
            """Let the key verify the person itself."""
            del permissions, rp_id
            return True

    collector = DefaultClientDataCollector(origin.origin, verify=lambda rp_id, _origin: rp_id == origin.rp_id)
    client = Fido2Client(device, collector, Terminal())

    def sign(asked: Ask) -> Signed:
        body = records.write(asked)
        options = PublicKeyCredentialRequestOptions(
            challenge=sha256(body).digest(),
            timeout=PATIENCE_MILLISECONDS,
            rp_id=origin.rp_id,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        try:
            made = client.get_assertion(options).get_response(0)
        except (ClientError, OSError, ValueError) as error:
            raise Unavailable("the USB key did not sign: has it a credential of this deployment? try again") from error
        response = made.response
        assertion = Assertion(
            bytes(made.raw_id), bytes(response.authenticator_data), bytes(response.client_data), response.signature
        )
        return Signed(asked.person, body, records.write(assertion))

    return sign
