"""A session's key: its word verifies, and nothing near it does."""

import pytest

from countenance.crypto import possession
from countenance.errors import Tampered
from simulator.browser import Browser


def test_a_word_verifies_and_nothing_near_it() -> None:
    browser = Browser("00" * 8, "officer-1", 1)
    message = b"an ask"
    word = browser.raw(message)
    possession.verify(browser.point, message, word)
    other = Browser("00" * 8, "officer-1", 1)
    for point, said, signature in (
        (other.point, message, word),
        (browser.point, b"another ask", word),
        (browser.point, message, bytes(64)),
        (browser.point, message, word[:63]),
        (browser.point, message, word + b"\x00"),
        (browser.point, message, word[32:] + word[:32]),
        (browser.point[:64], message, word),
        (b"\x04" + bytes(64), message, word),
        (b"", message, word),
    ):
        with pytest.raises(Tampered):
            possession.verify(point, said, signature)
