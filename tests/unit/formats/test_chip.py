"""A chip's data group 2: records made here by the field tables of the standards, and what is none."""

import io
import struct

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.faces.image import load
from countenance.formats import chip

PIXELS = np.tile(np.arange(64, dtype=np.uint8)[None, :, None] * 3, (80, 1, 3))


def pictured(kind: str) -> bytes:
    data = io.BytesIO()
    PIL.Image.fromarray(PIXELS).save(data, kind)
    return data.getvalue()


JPEG, JPEG2000 = pictured("JPEG"), pictured("JPEG2000")


def face_record(picture: bytes, coded: int, points: int = 2, faces: int = 1) -> bytes:
    """After ISO/IEC 19794-5:2005, tables 2, 3, 9 and 10."""
    features = b"".join(struct.pack(">BBHHH", 1, 0x22, 10, 10, 0) for _ in range(points))
    image = struct.pack(">BBHHBBHH", 1, coded, 64, 80, 1, 2, 0, 0)
    body = struct.pack(">HBBB3sH3s3s", points, 1, 3, 4, b"\0\0\0", 0, b"\0\0\0", b"\0\0\0") + features + image + picture
    block = struct.pack(">I", 4 + len(body)) + body
    return struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + len(block), faces) + block


def item(tag: int, value: bytes) -> bytes:
    """BER-TLV after ISO/IEC 7816-4."""
    size = len(value)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2)
    return tag.to_bytes(2 if tag > 255 else 1) + length + value


def group(record: bytes, tag: int = 0x5F2E) -> bytes:
    """After ICAO Doc 9303-10, 4.7.2: header template A1, then the data block."""
    header = item(0xA1, item(0x80, b"\1\1") + item(0x87, b"\1\1") + item(0x88, b"\0\x08"))
    return item(0x75, item(0x7F61, item(0x02, b"\1") + item(0x7F60, header + item(tag, record))))


@pytest.mark.parametrize(("picture", "coded", "kind"), [(JPEG, 0, "JPEG"), (JPEG2000, 1, "JPEG2000")])
@pytest.mark.parametrize("tag", [0x5F2E, 0x7F2E])
@pytest.mark.parametrize("points", [0, 2])
def test_the_photo_is_taken_and_decodes(picture: bytes, coded: int, kind: str, tag: int, points: int) -> None:
    found = chip.read(group(face_record(picture, coded, points), tag))
    assert (found.kind, found.width, found.height, found.data) == (kind, 64, 80, picture)
    assert load(found.data).shape == (80, 64, 3)
    assert "bytes" in repr(found)


def test_a_jpeg_2000_codestream_without_a_file_around_it_decodes_too() -> None:
    stream = JPEG2000[JPEG2000.index(b"\xff\x4f\xff\x51") :]
    assert load(chip.read(group(face_record(stream, 1))).data).shape == (80, 64, 3)


def newer(picture: bytes, *, size: bytes | None = None, also: bytes = b"", faces: int = 1, code: int = 2) -> bytes:
    """After the ASN.1 of ISO/IEC 39794-5:2019, in DER with automatic tags."""
    sized = item(0xA7, item(0x80, b"\x40") + item(0x81, b"\x50")) if size is None else size
    kind = item(0xA0, item(0x80, bytes([code]))) + item(0xA1, item(0x80, b"\0"))
    block = item(0x80, picture) + item(0xA1, kind + sized)
    shown = item(0xA1, item(0xA0, item(0xA0, block)))
    face = item(0x30, item(0x80, b"\0") + shown + item(0xA2, item(0x80, b"\x07\xe3")) + also)
    version = item(0xA0, item(0x80, b"\x03") + item(0x81, b"\x07\xe3"))
    return item(0x65, version + item(0xA1, face * faces))


@pytest.mark.parametrize(("picture", "kind", "code"), [(JPEG, "JPEG", 2), (JPEG2000, "JPEG2000", 3)])
def test_a_record_of_2019_gives_its_photo_too(picture: bytes, kind: str, code: int) -> None:
    # Sex, in the identity metadata, is there and is not read.
    for also in (b"", item(0xA8, item(0x80, item(0x80, b"\1")))):
        found = chip.read(group(item(0xA1, newer(picture, also=also, code=code)), 0x7F2E))
        assert (found.kind, found.width, found.height, found.data) == (kind, 64, 80, picture)
    unsaid = chip.read(group(item(0xA1, newer(picture, size=b"", code=code)), 0x7F2E))
    assert (unsaid.width, unsaid.height, unsaid.data) == (0, 0, picture)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        newer(b""),
        newer(b"\x89PNG\r\n\x1a\n", code=5),
        newer(JPEG, faces=0),
        newer(JPEG, faces=5),
        newer(JPEG, size=item(0xA7, item(0x80, b"\0") + item(0x81, b"\x50"))),
        newer(JPEG, size=item(0xA7, item(0x80, b"\1" * 4) + item(0x81, b"\x50"))),
        newer(JPEG, size=item(0xA7, item(0x80, b"\x40"))),
        newer(JPEG, size=2 * item(0xA7, item(0x80, b"\x40") + item(0x81, b"\x50"))) + b"\0",
        newer(JPEG)[:-1],
        item(0x66, newer(JPEG)[2:]),
    ],
)
def test_a_record_of_2019_that_is_none_is_refused(record: bytes) -> None:
    with pytest.raises(Malformed, match="chip"):
        chip.read(group(item(0xA1, record), 0x7F2E))


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_record_of_2019_never_does_worse_than_be_refused(at: int, value: int) -> None:
    data = bytearray(group(item(0xA1, newer(JPEG)), 0x7F2E))
    data[at % len(data)] = value
    try:
        found = chip.read(bytes(data))
    except Malformed:
        return
    assert len(found.data) <= len(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x75",
        b"\x75\x82\xff",
        item(0x75, b""),
        item(0x61, b""),
        group(face_record(JPEG, 0))[:-1],
        group(face_record(JPEG, 0)) + b"\0",
        group(face_record(JPEG, 1)),
        group(face_record(JPEG2000, 0)),
        group(face_record(JPEG, 0, faces=0)),
        group(face_record(b"", 0)),
        group(b"FAC\0" + b"020\0" + face_record(JPEG, 0)[8:]),
        item(0x75, item(0x7F61, item(0x02, b"\0"))),
        item(0x75, item(0x7F61, b"")),
        bytes(chip.MOST_BYTES + 1),
    ],
)
def test_what_is_no_data_group_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        chip.read(data)


WHOLE = group(face_record(JPEG[:64], 0))


@given(
    st.binary(max_size=200)
    | st.builds(
        lambda at, to: WHOLE[:at] + bytes([to]) + WHOLE[at + 1 :], st.integers(0, len(WHOLE) - 1), st.integers(0, 255)
    )
)
def test_whatever_a_chip_says_is_a_photo_or_malformed(data: bytes) -> None:
    try:
        found = chip.read(data)
    except Malformed:
        return
    assert found.data in data


@given(st.binary(max_size=120))
def test_whatever_a_record_says_is_a_photo_or_malformed(data: bytes) -> None:
    try:
        found = chip.record(b"FAC\x00010\x00" + data)
    except Malformed:
        return
    assert found.data in data
