"""Uploads that are no photos of one face: each is a sentence, and nothing of it is kept."""

import struct
import zlib

import pytest
from playwright.sync_api import expect

from countenance.cli.demo import portraits
from journeys.conftest import Town
from journeys.test_console_warrants import ASKED


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that would be side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(bytes(side // 8 + 1)) for _ in range(side)) + packed.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.timeout(600)
def test_uploads_that_are_no_photos(recorded: Town) -> None:
    officer = recorded.people["officer-1"]
    page = officer.page
    officer.go("/warrants/new")
    sent = """async ([file, kind]) => {
        const body = file ? await (await fetch(file)).blob() : new Uint8Array(33 * 1024 * 1024 + 1);
        const size = body.size ?? body.length;
        return fetched(`/photo?sizes=${size}`, { method: "POST", body, headers: { "content-type": kind } })
            .then(() => ({}), (error) => ({ status: error.status, said: error.said }));
    }"""
    # Given files that are no photo of one face, when they are brought, then each is a sentence, and nothing is kept.
    for name, data, said in (
        ("words.jpg", b"not a picture " * 100, "not a picture"),
        ("bomb.png", bomb(30_000), "megapixels"),
        ("cut.jpg", portraits.read().probe[: len(portraits.read().probe) // 2], "truncated or damaged"),
        ("empty.png", bomb(64), "no face"),
    ):
        page.set_input_files("#photos", {"name": name, "mimeType": "image/png", "buffer": data})
        officer.warned(said)
        expect(page.locator("#shown")).to_be_hidden()
    officer.shot(recorded.pictures / "warrants-no-photo.png")
    # Larger than anything that is asked for, and JSON that is deep instead of long: the guard, or the reader, ends it.
    told = page.evaluate(sent, [None, "application/octet-stream"])
    assert told["status"] == 400
    assert "larger than anything" in told["said"]
    deep = """() => {
        const headers = { "content-type": "application/json" }, body = "[".repeat(1e5);
        return fetched("/ask", { method: "POST", headers, body })
            .then(() => ({}), (error) => ({ status: error.status, said: error.said }));
    }"""
    told = page.evaluate(deep)
    assert told["status"] == 400
    assert told["said"]
    # A draft without a probe that was extracted for it is nobody's.
    none = {"warrant": "00" * 8, "number": 1, "hash": page.evaluate("sha256(utf8.encode('x')).then(hex)")}
    told = page.evaluate(ASKED, ["draft", "Filing", none, {"besides": {"text": "x"}}])
    assert told["status"] == 403
    assert "not kept for you any more" in told["said"]
