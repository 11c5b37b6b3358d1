"""Relaying: what carries letters between the kiosks of a gate, as they see it. It is trusted with nothing."""

from collections.abc import Callable, Sequence

Relay = Callable[[bytes, bytes, bytes], Sequence[tuple[bytes, bytes]]]
"""Takes a gate's address, a kiosk's, each 16 bytes, and its letter; gives the others' addresses and newest letters.

Raises Unavailable where nobody is reached.
"""
