"""A thief's afternoon with a copied repository: every file searched for pictures, video, names and templates.

The same script is a test: what it finds is what the promise "a stolen repository holds no readable face, template,
name or footage" is judged by. It is given more than a thief would have: the templates of the people who walked past,
and the names on the roster.
"""

import io
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

JPEG_START = b"\xff\xd8\xff"
SMALLEST_PICTURE = 24
LARGEST_PICTURE = 2_000_000
CONTAINER_MARKS = (b"ftyp", b"\x1aE\xdf\xa3", b"RIFF")


@dataclass(frozen=True, slots=True)
class Loot:
    """What was found. `best_score`: highest comparison score of any stored row, read as a template, with any known one;
    `chance_score`: the same for as many rows of random bytes.
    """

    files: int
    total_bytes: int
    rows: int
    pictures: int
    playable: int
    names: int
    best_score: float
    chance_score: float


def ransack(directory: Path, templates: Sequence[NDArray[np.float32]], names: Sequence[str]) -> Loot:
    """Search every file below `directory`. `templates`: (d,) unit vectors; `names`: text that must not be found."""
    files = pictures = playable = found_names = total = 0
    for path in sorted(directory.rglob("*")):
        if not path.is_file() or path.is_socket():
            continue
        data = path.read_bytes()
        files += 1
        total += len(data)
        pictures += sum(1 for _ in _pictures(data))
        playable += _plays(data)
        found_names += sum(data.count(name.encode()) for name in names)
    rows = list(_rows(directory))
    best = _best_score(rows, templates)
    generator = np.random.default_rng(0)
    random_rows = [generator.bytes(len(row)) for row in rows]
    return Loot(files, total, len(rows), pictures, playable, found_names, best, _best_score(random_rows, templates))


def _pictures(data: bytes) -> Iterator[int]:
    place = data.find(JPEG_START)
    while place >= 0:
        if _shows_something(data[place : place + LARGEST_PICTURE]):
            yield place
        place = data.find(JPEG_START, place + 1)


def _shows_something(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            picture = np.asarray(opened.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    return min(picture.shape) >= SMALLEST_PICTURE and float(picture.std()) > 1.0


def _plays(data: bytes) -> bool:
    if not any(mark in data[:64] for mark in CONTAINER_MARKS):
        return False
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            return next(container.decode(video=0), None) is not None
    except (av.FFmpegError, IndexError, ValueError):
        return False


SHEET_HEADER = 64
"""Bytes before the first row, as the format page says."""


def _rows(directory: Path) -> Iterator[bytes]:
    """Every row of every sheet, and every blob of a template's length in every database: 2 bytes a component."""
    for path in directory.rglob("*.rows"):
        data = path.read_bytes()[SHEET_HEADER:]
        yield from (data[start : start + 256] for start in range(0, len(data) - 255, 256))
    for path in directory.rglob("*.db"):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
            for table in tables:
                for row in connection.execute(f'select * from "{table}"'):  # noqa: S608 - the thief reads whatever is there
                    yield from (cell for cell in row if isinstance(cell, bytes) and len(cell) in (256, 1024))
        finally:
            connection.close()


def _best_score(rows: Sequence[bytes], templates: Sequence[NDArray[np.float32]]) -> float:
    best = 0.0
    for row in rows:
        vector = np.frombuffer(row, "<i2").astype(np.float32)
        vector = vector / max(1.0, float(np.linalg.norm(vector)))
        for template in templates:
            if template.shape == vector.shape:
                best = max(best, float(vector @ template))
    return best
