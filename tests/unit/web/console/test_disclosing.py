"""Evidence on its way: the log's own, the session's own, and gone some minutes later."""

import hashlib
import io
import zipfile
from typing import Any

import pytest

from countenance.crypto import segment
from countenance.errors import CountenanceError, Malformed, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Candidacy
from countenance.vocabulary.requests import Ask
from countenance.web.console import disclosing
from countenance.web.console.disclosing import LIFE, Copy
from simulator.room import TOKEN, Room, somebody

KEY, RECORD = bytes(range(32)), b'{"disclosure":1}'
ASKED = Candidacy("0123456789abcdef", 1, "ab" * 16)
ASK = Ask("00" * 8, "officer-1", "disclose", records.write(ASKED), 0, bytes(16), bytes(32))


def bundle(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def answer(**changed: Any) -> dict[str, Any]:
    return {"key": KEY.hex(), "evidence": hashlib.sha256(RECORD).hexdigest(), "entry": 9, "copy": 2} | changed


def disclosed(room: Room, data: bytes, **changed: Any) -> dict[str, Any]:
    return disclosing.disclosed(room.holding)(room.who, ASK, answer(**changed), (segment.encrypt(KEY, data),))


def test_the_page_is_told_everything_but_the_key_and_saves_what_the_custodian_sealed() -> None:
    room, data = Room(), bundle(disclosure_json=RECORD, clip_mp4=bytes(700_000))
    told = disclosed(room, data)
    assert told == {
        "evidence": hashlib.sha256(RECORD).hexdigest(),
        "entry": 9,
        "copy": 2,
        "bytes": len(data),
        "file": "evidence-0123456789abcdef-abababab-9.zip",
    }
    page = room.client(disclosing.routes)
    saved = page.get("/evidence/9")
    assert saved.body == data
    assert saved.headers["content-length"] == str(len(data))
    assert saved.headers["content-disposition"] == f'attachment; filename="{told["file"]}"'
    # Once: the next is another copy, and another entry.
    assert page.get("/evidence/9").status == 403
    # Nobody else's session, no other entry, and not for long.
    disclosed(room, data)
    assert page.get("/evidence/8").status == 403
    room.who = somebody(token="another")
    assert page.get("/evidence/9").status == 403
    room.who = somebody()
    room.now += LIFE
    assert page.get("/evidence/9").status == 403
    assert "Copy(" in repr(Copy(data, "a"))
    assert "disclosure" not in repr(Copy(data, "a"))


@pytest.mark.parametrize(
    ("data", "changed", "kind"),
    [
        (bundle(disclosure_json=b"{}"), {}, Tampered),
        (bundle(disclosure_json=RECORD), {"evidence": "00" * 32}, Tampered),
        (bundle(disclosure_json=RECORD), {"key": "00" * 32}, Tampered),
        (bundle(disclosure_json=RECORD), {"key": "xx"}, Malformed),
        (bundle(disclosure_json=RECORD), {"entry": "9"}, Malformed),
        (bundle(clip_mp4=b"x"), {}, Tampered),
        (b"no ZIP", {}, Malformed),
        (bundle(disclosure_json=RECORD)[:-30], {}, Malformed),
    ],
)
def test_what_is_not_what_the_entry_names_is_kept_for_nobody(
    data: bytes, changed: dict[str, Any], kind: type[CountenanceError]
) -> None:
    room = Room()
    with pytest.raises(kind):
        disclosed(room, data, **changed)
    assert room.holding.find(TOKEN, "evidence/9", Copy) is None


def test_a_record_that_would_unpack_without_end_is_not_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("disclosure.json", bytes(10_000_000))
    with pytest.raises(Tampered, match="compressed"):
        disclosed(Room(), out.getvalue())
