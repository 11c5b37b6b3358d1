"""Sealing to a key that a device agrees with."""

import secrets

import pytest

from countenance.crypto import agreement
from countenance.errors import Malformed, Tampered
from simulator.hsm import Token

ROOT = secrets.token_bytes(32)


def test_only_what_the_key_agrees_on_opens_it_unaltered_and_for_its_purpose() -> None:
    token, other = Token(), Token()
    public = token.place.public
    point, sealed = agreement.seal(public, ROOT, "root")
    assert len(sealed) == 32 + 28
    shared = token.agree(point)
    assert agreement.unseal(shared, public, point, sealed, "root") == ROOT
    elsewhere, again = agreement.seal(public, ROOT, "root")
    assert (elsewhere, again) != (point, sealed)
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    for wrong in (
        (other.agree(point), public, point, sealed, "root"),
        (shared, other.place.public, point, sealed, "root"),
        (shared, public, elsewhere, sealed, "root"),
        (shared, public, point, altered, "root"),
        (shared, public, point, b"", "root"),
        (shared, public, point, sealed, "another purpose"),
    ):
        with pytest.raises(Tampered):
            agreement.unseal(*wrong)
    with pytest.raises(Malformed):
        agreement.unseal(shared[1:], public, point, sealed, "root")


def test_points_off_the_curve_are_refused() -> None:
    point = Token().place.public
    agreement.check(point)
    infinity, flipped, compressed = b"\x00", point[:-1] + bytes([point[-1] ^ 1]), b"\x02" + point[1:33]
    for wrong in (b"", infinity, flipped, compressed, point[:-1], point + b"\x00", bytes(65)):
        with pytest.raises(Malformed):
            agreement.check(wrong)
        with pytest.raises(Malformed):
            agreement.seal(wrong, ROOT, "root")
