"""Manifest: a table of which image shows whom, read and cut to what an evaluation can hold.

CSV in UTF-8 with a header: `image` (a path relative to the manifest's folder: a picture, or a template that
`countenance faces extract --out` wrote), `subject`, optionally `aligned` (yes or no), and any other columns, which are
groups: an empty cell is no group. Invariants:

* Every row is used, or counted among what was left out with the reason.
* Which subjects are left out of a manifest that is too large depends on their names alone: the same ones every time.
* Memory is bounded by MOST_ROWS rows of text.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import Malformed

MOST_ROWS = 2_000_000
MOST_BYTES = 2**30
MOST_IMAGES = 20_000
"""Images of an evaluation unless another number is asked for: 200 million comparisons."""
MOST_OF_ONE = 100
"""Images of one subject: one that has thousands would be what all others are measured by."""
MOST_LEVELS = 30
"""Groups of a column; one with more is not a column of groups."""
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": None}


@dataclass(frozen=True, slots=True)
class Row:
    """One image. `aligned`: whether it is cut out as the extractor takes it already; None: if it has just that size.

    `groups`: its group in each column, empty for none.
    """

    image: str
    subject: str
    aligned: bool | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """`rows` to be used, in the manifest's order; `columns`: the names of groups' columns.

    `left_out`: how many rows were not used, by reason. `ignored`: columns with too many values to be groups.
    """

    folder: Path
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    left_out: Mapping[str, int]
    ignored: tuple[str, ...] = ()


def read(path: Path, *, most_images: int = MOST_IMAGES) -> Manifest:
    """The manifest at `path`. Raises Malformed, naming the line, for what cannot be meant."""
    try:
        # A device or a pipe would never end, and one endless line would fill the memory.
        if path.exists() and (not path.is_file() or path.stat().st_size > MOST_BYTES):
            raise Malformed(
                f"the manifest '{path.name}' is no file of at most {MOST_BYTES // 2**20} MiB: take a part of it"
            )
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows, columns = _rows(csv.reader(file))
    except OSError as error:
        raise Malformed(f"the manifest '{path}' cannot be read: check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Malformed(f"the manifest '{path.name}' is not CSV in UTF-8: save it as that") from error
    left_out: Counter[str] = Counter()
    rows = _once(rows, left_out)
    kept = _groups(rows, columns)
    if len(kept) < len(columns):
        rows = [Row(row.image, row.subject, row.aligned, tuple(row.groups[at] for at in kept)) for row in rows]
    ignored = tuple(name for at, name in enumerate(columns) if at not in kept)
    cut = _cut(rows, most_images, left_out)
    return Manifest(path.parent, tuple(cut), tuple(columns[at] for at in kept), dict(left_out), ignored)


def _rows(lines: Iterable[Sequence[str]]) -> tuple[list[Row], tuple[str, ...]]:
    found: list[Row] = []
    numbered = enumerate(lines, 1)
    _, header = next(numbered, (0, ()))
    names = [name.strip().lower() for name in header]
    if "image" not in names or "subject" not in names:
        raise Malformed(
            "the manifest's first line must name the columns, among them 'image' and 'subject', with commas"
        )
    if len(set(names)) < len(names) or "" in names:
        raise Malformed("two columns of the manifest have the same name, or one has none: name each once")
    columns = tuple(name for name in names if name not in ("image", "subject", "aligned"))
    for number, line in numbered:
        if not any(cell.strip() for cell in line):
            continue
        if len(found) == MOST_ROWS:
            raise Malformed(f"the manifest has more than {MOST_ROWS} rows: take a part of it")
        if len(line) != len(names):
            raise Malformed(f"line {number} of the manifest has {len(line)} cells, the first line {len(names)}")
        cells = {name: cell.strip() for name, cell in zip(names, line, strict=True)}
        if not cells["image"] or not cells["subject"] or "\0" in cells["image"]:
            raise Malformed(f"line {number} of the manifest names no image, or no subject")
        word = cells.get("aligned", "").lower()
        if word not in _WORDS:
            raise Malformed(f"line {number} of the manifest: 'aligned' is yes, no or empty")
        groups = tuple(cells[name] for name in columns)
        found.append(Row(cells["image"], cells["subject"], _WORDS[word], groups))
    if not found:
        raise Malformed("the manifest has no rows below its header")
    return found, columns


def _once(rows: Sequence[Row], left_out: Counter[str]) -> list[Row]:
    """Each image once; one that is said to show two subjects is left out whole."""
    whose: dict[str, set[str]] = {}
    for row in rows:
        whose.setdefault(row.image, set()).add(row.subject)
    kept: list[Row] = []
    seen: set[str] = set()
    for row in rows:
        if len(whose[row.image]) > 1:
            left_out["image listed under two subjects"] += 1
        elif row.image in seen:
            left_out["image listed twice"] += 1
        else:
            seen.add(row.image)
            kept.append(row)
    return kept


def _groups(rows: Sequence[Row], columns: tuple[str, ...]) -> list[int]:
    """Which columns hold groups, and not a free text or a number of each row."""
    return [at for at in range(len(columns)) if len({row.groups[at] for row in rows}) <= MOST_LEVELS + 1]


def _cut(rows: Sequence[Row], most: int, left_out: Counter[str]) -> list[Row]:
    """At most MOST_OF_ONE images of a subject, and whole subjects up to `most` images, in the order of their hashes."""
    counts: Counter[str] = Counter()
    kept: list[Row] = []
    for row in rows:
        counts[row.subject] += 1
        if counts[row.subject] <= MOST_OF_ONE:
            kept.append(row)
    if len(kept) < len(rows):
        left_out[f"beyond {MOST_OF_ONE} images of one subject"] = len(rows) - len(kept)
    if len(kept) <= most:
        return kept
    chosen: set[str] = set()
    room = most
    for subject in sorted(counts, key=lambda name: hashlib.sha256(name.encode()).digest()):
        images = min(counts[subject], MOST_OF_ONE)
        if images <= room:
            chosen.add(subject)
            room -= images
        if room <= 0:
            break
    left_out[f"subject not drawn: at most {most} images are compared"] = sum(r.subject not in chosen for r in kept)
    return [row for row in kept if row.subject in chosen]
