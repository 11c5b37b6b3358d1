"""Make the vectors of stills and patches, or with `--check` say whether the files here are what it would make.

Written with struct and json alone, from docs/formats/sightings.md, so that they do not repeat the code under test.
Each file: a line `expect: STILL|PATCHES|reject STILL|reject PATCHES`, a line that says why, then the bytes as
zlib-compressed base64. The "pictures" are not JPEG: the format does not look inside.
"""

import base64
import json
import struct
import sys
import zlib
from pathlib import Path

HERE = Path(__file__).parent
SLOT = 16 * 1024
STILL = 64 * 1024


def slot(size: int, picture: bytes, moment: int = 1_700_000_000_000, padding: bytes = b"", **changed: object) -> bytes:
    header = {"height": 40, "jpeg": len(picture), "moment": moment, "width": 32, "x": 6, "y": 8, **changed}
    spelled = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    return (struct.pack(">H", len(spelled)) + spelled + picture + padding).ljust(size, b"\0")


def vectors() -> dict[str, tuple[str, str, bytes]]:
    one = slot(SLOT, b"picture")
    three = b"".join(slot(SLOT, bytes([65 + n]) * 300, 1_700_000_000_000 + 40 * n) for n in range(3))
    dummy = bytes(SLOT)
    return {
        "still": ("STILL", "one picture in 64 KiB", slot(STILL, b"picture")),
        "patches-one": ("PATCHES", "one slot, no dummy", one),
        "patches-three": ("PATCHES", "three slots and one dummy", three + dummy),
        "patches-full": ("PATCHES", "a picture that fills its slot", slot(SLOT, b"p" * (SLOT - 2 - 72))),
        "still-short": ("reject STILL", "a slot of 16 KiB is no still", one),
        "still-empty": ("reject STILL", "a dummy is no still", bytes(STILL)),
        "not-a-power": ("reject PATCHES", "three slots", three),
        "too-many-dummies": ("reject PATCHES", "one picture and a dummy that nothing asks for", one + dummy),
        "dummy-first": ("reject PATCHES", "a dummy before a picture", dummy + one),
        "dummy-inside": ("reject PATCHES", "a dummy between pictures", one + dummy + three[SLOT:]),
        "dummies-only": ("reject PATCHES", "no picture", dummy),
        "out-of-order": ("reject PATCHES", "the later picture first", three[SLOT : 2 * SLOT] + three[:SLOT]),
        "twice-one-moment": ("reject PATCHES", "two pictures of one moment", one + one),
        "padding-not-zero": ("reject PATCHES", "something behind the picture", slot(SLOT, b"picture", padding=b"\0x")),
        "dummy-not-zero": ("reject PATCHES", "a dummy that carries a byte", one + bytes(SLOT - 1) + b"x"),
        "picture-too-long": ("reject PATCHES", "a length beyond the slot", slot(SLOT, b"picture", jpeg=SLOT)),
        "picture-empty": ("reject PATCHES", "no picture bytes", slot(SLOT, b"")),
        "no-area": ("reject PATCHES", "width 0", slot(SLOT, b"picture", width=0)),
        "outside": ("reject PATCHES", "x below 0", slot(SLOT, b"picture", x=-2)),
        "a-field-more": ("reject PATCHES", "an unknown field", slot(SLOT, b"picture", name="x")),
        "not-a-number": ("reject PATCHES", "a string for a number", slot(SLOT, b"picture", x="6")),
        "header-cut": ("reject PATCHES", "a header longer than the slot", b"\xff\xff" + one[2:]),
        "cut": ("reject PATCHES", "the last byte is missing", one[:-1]),
        "nothing": ("reject PATCHES", "no bytes", b""),
    }


def written(expect: str, why: str, data: bytes) -> str:
    return f"expect: {expect}\nwhy: {why}\n{base64.b64encode(zlib.compress(data, 9)).decode()}\n"


def main() -> int:
    made = {f"{name}.txt": written(*vector) for name, vector in vectors().items()}
    if "--check" in sys.argv:
        there = {path.name: path.read_text() for path in HERE.glob("*.txt")}
        return 0 if there == made else 1
    for name, text in made.items():
        (HERE / name).write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
