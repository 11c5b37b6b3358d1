"""The face in a travel document's chip: data group 2 (ICAO Doc 9303-10), which holds face records of ISO/IEC
19794-5:2005, or, in newer documents, of ISO/IEC 39794-5:2019 (ASN.1, DER).

Of the record only the picture is taken: sex, colour of eyes and hair, pose and feature points are passed over, unread.
Every length is checked against what is there before it is used, nothing is decoded here, and nothing is guessed. That a
chip is genuine (passive authentication) is for the reader that read it: this says what the bytes hold, not who wrote
them.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from countenance.errors import Malformed

MOST_BYTES: Final = 256 * 1024
MOST_RECORDS: Final = 4
"""Biometric templates in a data group, and faces in a record, that are looked at; chips have one."""

_DG2, _GROUP, _COUNT, _TEMPLATE = 0x75, 0x7F61, 0x02, 0x7F60
_DATA, _DATA_BUILT = 0x5F2E, 0x7F2E
_FACE_DATA = 0x65
"""FaceImageDataBlock, [APPLICATION 5]."""

_REPRESENTATIONS, _REPRESENTATION = 0xA1, 0x30
_TO_2D: Final = (0xA1, 0xA0, 0xA0)
"""imageRepresentation, base, imageRepresentation2DBlock: two choices, and so explicit."""

_OCTETS, _INFORMATION, _SIZE = 0x80, 0xA1, 0xA7
_MOST_ITEMS: Final = 32
"""Elements of one block; the standard's longest has eleven, and room for later ones."""

_RECORD: Final = struct.Struct(">4s4sIH")
_FACE: Final = struct.Struct(">IH14x")
_POINT: Final = 8
_PICTURE: Final = struct.Struct(">BBHH6x")
_JPEG, _JPEG2000 = b"\xff\xd8\xff", (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")


@dataclass(frozen=True, slots=True, repr=False)
class Portrait:
    """The picture in a face record, as the chip holds it: `kind` is "JPEG" or "JPEG2000", `data` the file's bytes.

    `width` and `height`: pixels, as the record says; who decodes it checks them. Both are 0 where it does not say.
    """

    kind: str
    width: int
    height: int
    data: bytes

    def __repr__(self) -> str:
        return f"Portrait({self.kind}, {len(self.data)} bytes)"


def read(data: bytes) -> Portrait:
    """The first face of a data group 2. Raises Malformed for anything else."""
    if len(data) > MOST_BYTES:
        raise Malformed(f"a chip's photo has at most {MOST_BYTES // 1024} KiB: read the document again")
    group = _only(_items(_only(_items(data), _DG2), 1), _GROUP)
    for number, (tag, value) in enumerate(_items(group, MOST_RECORDS + 1)):
        if number == 0 and (tag != _COUNT or len(value) != 1 or not 1 <= value[0] <= MOST_RECORDS):
            raise _unread()
        if tag == _TEMPLATE:
            return _of_block(value)
    raise _unread()


def record(data: bytes) -> Portrait:
    """The first face of an ISO/IEC 19794-5:2005 face record. Raises Malformed."""
    try:
        mark, version, length, faces = _RECORD.unpack_from(data)
        if (mark, version) != (b"FAC\0", b"010\0") or length != len(data) or not 1 <= faces <= MOST_RECORDS:
            raise _unread()
        size, points = _FACE.unpack_from(data, _RECORD.size)
        begins = _RECORD.size + _FACE.size + points * _POINT
        ends = _RECORD.size + size
        kind, coded, width, height = _PICTURE.unpack_from(data, begins)
    except struct.error as error:
        raise _unread() from error
    picture = data[begins + _PICTURE.size : ends]
    if ends > len(data) or not picture or kind > 3 or not width or not height:
        raise _unread()
    return _portrait(coded, width, height, picture)


def _portrait(coded: int, width: int, height: int, picture: bytes) -> Portrait:
    if coded == 0 and picture.startswith(_JPEG):
        return Portrait("JPEG", width, height, picture)
    if coded == 1 and picture.startswith(_JPEG2000):
        return Portrait("JPEG2000", width, height, picture)
    raise Malformed("the chip's photo is neither JPEG nor JPEG 2000: take the printed one instead")


def record_2019(data: bytes) -> Portrait:
    """The first face of an ISO/IEC 39794-5:2019 FaceImageDataBlock, DER. Raises Malformed."""
    block = _only(_items(data), _FACE_DATA)
    faces = _within(block, _REPRESENTATIONS)
    shown = [value for tag, value in _items(faces, MOST_RECORDS) if tag == _REPRESENTATION]
    if not shown:
        raise _unread()
    face = shown[0]
    for tag in _TO_2D:
        face = _within(face, tag)
    picture, width, height = _within(face, _OCTETS), 0, 0
    for tag, value in _items(_within(face, _INFORMATION), _MOST_ITEMS):
        if tag == _SIZE:
            width, height = (_whole(_within(value, part)) for part in (0x80, 0x81))
    coded = 0 if picture.startswith(_JPEG) else 1
    return _portrait(coded, width, height, picture)


def _of_block(template: bytes) -> Portrait:
    """The face of one template's biometric data block."""
    for tag, value in _items(template, 8):
        if tag == _DATA or (tag == _DATA_BUILT and value.startswith(b"FAC\0")):
            return record(value)
        if tag == _DATA_BUILT:
            return record_2019(_only(_items(value), _REPRESENTATIONS))
    raise _unread()


def _within(data: bytes, tag: int) -> bytes:
    """The one element of a block that has this tag."""
    found = [value for one, value in _items(data, _MOST_ITEMS) if one == tag]
    if len(found) != 1:
        raise _unread()
    return found[0]


def _whole(data: bytes) -> int:
    """An INTEGER of a picture's size, 1 to 65,535."""
    value = int.from_bytes(data)
    if not 1 <= len(data) <= 3 or not 1 <= value <= 65535:
        raise _unread()
    return value


def _only(items: "Iterator[tuple[int, bytes]]", tag: int) -> bytes:
    found, value = next(items, (0, b""))
    if found != tag or next(items, None) is not None:
        raise _unread()
    return value


def _items(data: bytes, most: int = 2) -> Iterator[tuple[int, bytes]]:
    """Tags and values of BER-TLV (ISO/IEC 7816-4, 5.2.2), each whole. Raises Malformed for more than `most`."""
    at, found = 0, 0
    while at < len(data):
        found += 1
        if found > most:
            raise _unread()
        tag, at = _tag(data, at)
        length, at = _length(data, at)
        if at + length > len(data):
            raise _unread()
        yield tag, data[at : at + length]
        at += length


def _tag(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first & 0x1F != 0x1F:
        return first, at + 1
    if at + 1 >= len(data) or data[at + 1] & 0x80:
        raise _unread()
    return first << 8 | data[at + 1], at + 2


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at] if at < len(data) else 0x80
    if first < 0x80:
        return first, at + 1
    size = first - 0x80
    if not 1 <= size <= 3 or at + 1 + size > len(data):
        raise _unread()
    return int.from_bytes(data[at + 1 : at + 1 + size]), at + 1 + size


def _unread() -> Malformed:
    return Malformed(
        "this is not the photo of a travel document's chip: read the document again, or take the printed one"
    )
