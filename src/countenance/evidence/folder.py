"""An evidence folder as it lies on a disk: read whole, nothing in it that should not be."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import Malformed, Tampered
from countenance.formats import bundle, records
from countenance.vocabulary.disclosures import Disclosure, Logged
from countenance.vocabulary.warrants import Warrant

# Files that every evidence folder has.
NEEDED = frozenset(
    {"index.html", "disclosure.json", "delivery.json", "warrant.json", "probe-template.bin", "still.jpg"}
)


@dataclass(frozen=True, slots=True, repr=False)
class Folder:
    """The files of one disclosure and the records in them. `digest`: SHA-256 of `disclosure.json`."""

    files: Mapping[str, bytes]
    disclosure: Disclosure
    delivery: Logged
    warrant: Warrant

    @property
    def digest(self) -> bytes:
        """What the log's delivered entry names."""
        return hashlib.sha256(self.files["disclosure.json"]).digest()

    @property
    def photo(self) -> bytes:
        """The probe photo as it was filed."""
        return next(data for name, data in sorted(self.files.items()) if name.startswith("probe."))

    def __repr__(self) -> str:
        return f"Folder({len(self.files)} files)"


def read(place: Path) -> Folder:
    """The folder at `place`. Raises Malformed if there is none or a record cannot be read, Tampered otherwise.

    Tampered: a file is missing, too many, not a plain file, or does not have the digest that `disclosure.json` lists.
    """
    if not place.is_dir():
        raise Malformed(f"there is no folder {place.name}; give the folder that 'disclose' wrote")
    files = {entry.name: _content(entry) for entry in os.scandir(place)}
    missing = sorted(NEEDED - set(files))
    if missing:
        raise Tampered(f"{missing[0]} is missing; ask for the whole folder")
    disclosure = records.read(Disclosure, files["disclosure.json"])
    listed = {item.name: item.digest for item in disclosure.files}
    names = set(listed) | {"disclosure.json", "delivery.json"}
    if len(listed) != len(disclosure.files) or names != set(files):
        odd = sorted(names ^ set(files))
        raise Tampered(f"{odd[0] if odd else 'a file'} is not what disclosure.json lists; ask for the whole folder")
    for name, digest in listed.items():
        if hashlib.sha256(files[name]).digest() != digest:
            raise Tampered(f"{name} was altered: its digest is not the one in disclosure.json")
    if sum(name.startswith("probe.") for name in files) != 1:
        raise Tampered("there is not exactly one probe photo; ask for the whole folder")
    delivery = records.read(Logged, files["delivery.json"])
    return Folder(files, disclosure, delivery, records.read(Warrant, files["warrant.json"]))


def _content(entry: "os.DirEntry[str]") -> bytes:
    if not bundle.NAME.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
        raise Tampered(
            "the folder holds something that is no file of a disclosure; take it out and look where it is from"
        )
    if entry.stat(follow_symlinks=False).st_size > bundle.MAXIMUM_BYTES:
        raise Tampered(f"{entry.name} is larger than evidence ever is")
    try:
        return Path(entry.path).read_bytes()
    except OSError as error:
        raise Malformed(f"{entry.name} cannot be read; check that you may") from error
