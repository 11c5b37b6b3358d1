"""The portraits that the demo's people are made of, read from installed packages and never copied into the project.

One subject has several photos: two play in the footage, a third is the warrant's probe and plays nowhere. Subjects go
by neutral labels everywhere; the file names below are those of the packages.
"""

import hashlib
import io
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from countenance.errors import Tampered, Unavailable
from countenance.faces.image import Image, load
from countenance.vocabulary.faces import Box

ARCHIVE = "face_recognition-1.3.0.tar.gz"
ARCHIVE_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_MEMBERS = "face_recognition-1.3.0/tests/test_images"
_PROBE = "obama.jpg"

SEARCHED = "subject-a"
SUBJECTS = ("subject-a", "subject-b", "subject-c", "subject-d")


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the person ends in the photo. `head`, `shoulders`: half widths, in widths of the face.

    In heights of the face: `crown` is hair or hat above it, `drop` how far below the chin the shoulders begin, `below`
    how much of the photo is used below the chin. `lean`: the head's middle right of the face's, in widths of the face.
    """

    head: float
    crown: float
    shoulders: float
    drop: float
    below: float
    lean: float = 0.0


@dataclass(frozen=True, slots=True)
class Portrait:
    """A photo of one subject. `face`: pixels of `image`."""

    subject: str
    image: Image
    face: Box
    outline: "Outline"

    def __repr__(self) -> str:
        return f"Portrait({self.subject})"


@dataclass(frozen=True, slots=True)
class Portraits:
    """`footage`: by the name that a walk calls them by. `probe`: a JPEG file of subject-a, not in the footage."""

    footage: Mapping[str, Portrait]
    probe: bytes

    def __repr__(self) -> str:
        return f"Portraits({', '.join(self.footage)})"


def read(archive: Path | None = None) -> Portraits:
    """All portraits. `archive`: the source archive of face_recognition, else the one that `make install` fetched.

    Raises Unavailable if a package or the archive is missing, Tampered if the archive is another.
    """
    files = _archived(archive or Path(sys.prefix) / "share" / "countenance" / ARCHIVE)
    pilot = _packaged("scikit-image", "skimage/data/astronaut.png")
    admiral = _packaged("matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg")
    footage = {
        "a-standing": Portrait(
            SEARCHED, load(files["obama3.jpg"]), Box(644, 273, 266, 345), Outline(0.64, 0.2, 1.75, 0.4, 2.1)
        ),
        "a-speaking": Portrait(
            SEARCHED,
            load(files["obama2.jpg"]),
            Box(201, 229, 275, 404),
            Outline(0.64, 0.22, 1.55, 0.14, 0.95, lean=0.09),
        ),
        "b": Portrait(
            "subject-b", load(files["biden.jpg"]), Box(427, 175, 287, 401), Outline(0.68, 0.24, 1.5, 0.16, 2.0)
        ),
        "c": Portrait("subject-c", load(admiral), Box(183, 120, 170, 213), Outline(0.7, 0.52, 1.4, 0.14, 1.05)),
        "d": Portrait("subject-d", load(pilot), Box(178, 63, 90, 114), Outline(0.85, 0.42, 1.7, 0.3, 1.7)),
    }
    return Portraits(footage, files[_PROBE])


def _archived(path: Path) -> dict[str, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"the demo's portraits are not installed ({ARCHIVE}): run `make install`") from error
    if hashlib.sha256(data).hexdigest() != ARCHIVE_SHA256:
        raise Tampered(f"{ARCHIVE} is not the published archive: delete it and run `make install`")
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for name in ("obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"):
            member = archive.extractfile(f"{_MEMBERS}/{name}")
            found[name] = member.read() if member else b""
    return found


def _packaged(package: str, name: str) -> bytes:
    try:
        return Path(str(metadata.distribution(package).locate_file(name))).read_bytes()
    except (metadata.PackageNotFoundError, OSError) as error:
        raise Unavailable(f"the demo's portraits need the package {package}: run `make install`") from error
