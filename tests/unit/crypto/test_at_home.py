"""A reference from home opens with its own secret alone, whole, and with nothing else."""

import os

import pytest

from countenance.crypto import at_home
from countenance.errors import Malformed, Tampered
from countenance.vocabulary.gates import HomeReference

REFERENCE = HomeReference(bytes(range(8)), bytes(range(128)))
SECRET = bytes(range(16))


def test_it_is_read_as_it_was_written_and_fits_a_code() -> None:
    data = at_home.wrap(REFERENCE, SECRET)
    assert at_home.unwrap(data, SECRET) == REFERENCE
    assert (len(data), data[0]) == (165, 4)
    assert at_home.wrap(REFERENCE, SECRET) != data
    assert REFERENCE.code not in data
    assert repr(REFERENCE) == "HomeReference(128 components)"


def test_changed_in_any_byte_cut_longer_or_with_another_secret_it_does_not_open() -> None:
    data = at_home.wrap(REFERENCE, SECRET)
    wrong = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(len(data))]
    wrong += [data[:length] for length in range(len(data))] + [data + b"\0", os.urandom(165), b"\4" + os.urandom(164)]
    for one in wrong:
        with pytest.raises(Tampered):
            at_home.unwrap(one, SECRET)
    for secret in (os.urandom(16), bytes(16)):
        with pytest.raises(Tampered):
            at_home.unwrap(data, secret)


@pytest.mark.parametrize("reference", [HomeReference(bytes(7), bytes(128)), HomeReference(bytes(8), b"")])
def test_what_is_no_reference_is_not_written(reference: HomeReference) -> None:
    with pytest.raises(Malformed, match="enrol at a kiosk"):
        at_home.wrap(reference, SECRET)
    with pytest.raises(Malformed, match="enrol at a kiosk"):
        at_home.wrap(HomeReference(bytes(8), bytes(at_home.MOST)), SECRET)
    with pytest.raises(Malformed, match="16 bytes"):
        at_home.wrap(REFERENCE, bytes(15))
