"""A PKCS#11 token (Cryptoki 2.40): a P-256 key made in it, which agrees (ECDH), and never leaves it.

The one module that speaks PKCS#11. The token's library is other people's code: it is loaded into the process of a verb
at the custodian's terminal, which then holds the PIN and the value agreed on, and ends. Needs the extra `hsm` (package
python-pkcs11).
"""

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from countenance.crypto import agreement
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats.canonical import Json

if TYPE_CHECKING:
    # An extra: where it is not installed, every other verb must still load.
    from pkcs11 import Session
    from pkcs11.types import DeriveMixin

_ID = 16
_BITS = 256


@dataclass(frozen=True, slots=True)
class Made:
    """A key that lies in a token. `key`: its CKA_ID; `public`: an uncompressed point."""

    key: bytes
    public: bytes


@contextmanager
def session(module: str, label: str) -> Iterator["Session"]:
    """A session with the token `label`, logged in with the PIN that is asked for here.

    Raises Unavailable for a library or token that is not there, Refused for a wrong PIN, and one of them for whatever
    the token says while the session lasts.
    """
    try:
        import pkcs11  # noqa: PLC0415 - an extra, see above
    except ImportError as error:
        raise Unavailable("tokens need the package python-pkcs11: install countenance with the extra 'hsm'") from error
    if not sys.stdin.isatty():
        raise Malformed("a token's PIN is typed: run this in a terminal")
    try:
        token = pkcs11.lib(str(_library(module))).get_token(token_label=label)
        pin = typer.prompt(f"PIN of the token {label}", hide_input=True, err=True)
        with token.open(rw=True, user_pin=pin) as opened:
            yield opened
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange) as error:
        raise Refused("the PIN is wrong; most tokens lock after a few of these") from error
    except pkcs11.NoSuchToken as error:
        raise Unavailable(f"there is no token {label}: put it in, or name another") from error
    except pkcs11.MultipleTokensReturned as error:
        raise Unavailable(f"there are several tokens {label}: leave one in") from error
    except pkcs11.NoSuchKey as error:
        raise Refused(
            f"the token {label} has not the key that was made for this custodian: put the right one in"
        ) from error
    except pkcs11.PKCS11Error as error:
        raise Unavailable(f"the token or its library did not do it ({type(error).__name__}); see its manual") from error


def make(opened: "Session") -> Made:
    """A new key in the token. Raises Refused if the token would give it away."""
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415 - an extra
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 - an extra

    key = secrets.token_bytes(_ID)
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    inside = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.DERIVE: True, Attribute.SIGN: False}
    public, private = opened.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(
        id=key, label="countenance custodian", store=True, private_template=inside
    )
    # An OCTET STRING around the point, or the point alone: tokens differ.
    made = Made(key, public[Attribute.EC_POINT][-agreement.POINT :])
    kept = (Attribute.LOCAL, Attribute.ALWAYS_SENSITIVE, Attribute.NEVER_EXTRACTABLE)
    try:
        if not all(private[attribute] for attribute in kept):
            raise Refused("this token makes keys that can be taken out of it: use another")
        # A token that cannot agree is found out now and not when the custodian is to be opened.
        agree(opened, key, made.public)
    except BaseException:
        destroy(opened, key)
        raise
    return made


def agree(opened: "Session", key: bytes, point: bytes) -> bytes:
    """The value (32 bytes) that the token's key `key` agrees on with `point`. Raises Malformed off the curve."""
    from pkcs11 import KDF, Attribute, KeyType  # noqa: PLC0415 - an extra

    agreement.check(point)
    shared = _private(opened, key).derive_key(
        KeyType.GENERIC_SECRET,
        _BITS,
        mechanism_param=(KDF.NULL, None, point),
        template={Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True},
    )
    return bytes(shared[Attribute.VALUE])


def destroy(opened: "Session", key: bytes) -> None:
    """Destroy both halves of the key: no copy of what is sealed to it opens any more."""
    from pkcs11 import Attribute  # noqa: PLC0415 - an extra

    _private(opened, key)
    for half in list(opened.get_objects({Attribute.ID: key})):
        half.destroy()


def brought(known: Mapping[str, Json]) -> dict[str, Json]:
    """What opens the custodian of status `known`: the value its token agrees on. Raises Unavailable without a token."""
    module, token, key, point = told(known)
    with session(module, token) as opened:
        return {"agreed": agree(opened, key, point).hex()}


def told(known: Mapping[str, Json]) -> tuple[str, str, bytes, bytes]:
    """Library, label, key and point, of the custodian of status `known`. Raises Unavailable without a token."""
    hsm = known.get("hsm")
    if not isinstance(hsm, Mapping):
        raise Unavailable("no token opens this custodian: 'countenance custodian hsm add' adds one, at its terminal")
    return str(hsm["module"]), str(hsm["token"]), bytes.fromhex(str(hsm["key"])), bytes.fromhex(str(hsm["point"]))


def _library(module: str) -> Path:
    path = Path(module)
    if not path.is_absolute() or not path.is_file():
        raise Unavailable("the token's library is not there: install it, or name the file with --module")
    return path


def _private(opened: "Session", key: bytes) -> "DeriveMixin":
    from pkcs11 import ObjectClass  # noqa: PLC0415 - an extra

    return cast("DeriveMixin", opened.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key))
