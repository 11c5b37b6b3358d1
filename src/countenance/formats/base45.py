"""Base45 (RFC 9285): bytes as the letters that a QR code packs two in eleven bits, and any scanner reads as text."""

from typing import Final

from countenance.errors import Malformed

LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = {letter: value for value, letter in enumerate(LETTERS)}


def write(data: bytes) -> str:
    """`data` in three letters for two bytes, two for a last one."""
    parts = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number, letters = int.from_bytes(pair), 3 if len(pair) == 2 else 2
        for _ in range(letters):
            number, value = divmod(number, 45)
            parts.append(LETTERS[value])
    return "".join(parts)


def read(text: str) -> bytes:
    """The bytes that `text` spells. Raises Malformed for anything that `write` does not write."""
    parts = []
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        size = len(group) - 1
        try:
            number = sum(_VALUES[letter] * 45**place for place, letter in enumerate(group))
            parts.append(number.to_bytes(size))
        except (KeyError, OverflowError) as error:
            raise Malformed("this is not base45: scan the code again") from error
        if not size:
            raise Malformed("this is not base45: scan the code again")
    return b"".join(parts)
