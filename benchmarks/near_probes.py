"""How often two probes count as nearly identical: photos of one person, and one photo changed a little.

    python benchmarks/near_probes.py FOLDER [--json]

FOLDER holds a folder a person with aligned photographs of 112 x 112 pixels, as of Labeled Faces in the Wild. Every pair
of photos of one person is compared by the built-in extractor, as whole numbers, as `zones.custodian.alarms` does; and
the first photo of everybody with itself, recompressed as JPEG of quality 50, made brighter by a quarter, or mirrored.
"""

import argparse
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from countenance.faces import card, image
from countenance.faces.card import ExtractorCard
from countenance.faces.extractor import Extractor, values
from countenance.matching import encode
from countenance.zones.custodian import alarms

Photo = NDArray[np.uint8]


def recompressed(photo: Photo) -> Photo:
    """The photo after a JPEG of quality 50."""
    out = io.BytesIO()
    Image.fromarray(photo).save(out, "JPEG", quality=50)
    return image.load(out.getvalue())


def brightened(photo: Photo) -> Photo:
    """The photo, a quarter brighter."""
    return np.clip(photo.astype(np.float32) * 1.25, 0, 255).astype(np.uint8)


def mirrored(photo: Photo) -> Photo:
    """The photo, left for right."""
    return np.ascontiguousarray(photo[:, ::-1])


CHANGES: dict[str, Callable[[Photo], Photo]] = {
    "recompressed": recompressed,
    "brightened": brightened,
    "mirrored": mirrored,
}


def measured(folder: Path) -> dict[str, dict[str, int]]:
    """Of each kind of pair how many there are, and how many count as nearly identical."""
    sface = card.built_in("sface")
    assert isinstance(sface, ExtractorCard)
    extractor = Extractor(sface)

    def coded(photo: Photo) -> NDArray[np.int16]:
        return encode.encode(values(extractor.extract(photo)))

    found = {name: {"pairs": 0, "near": 0} for name in ("of one person", *CHANGES)}

    def count(name: str, one: NDArray[np.int16], other: NDArray[np.int16]) -> None:
        found[name]["pairs"] += 1
        found[name]["near"] += alarms.alike(one, other)

    for person in sorted(path for path in folder.iterdir() if path.is_dir()):
        photos = [image.load(path) for path in sorted(person.glob("*.jpg"))]
        templates = [coded(photo) for photo in photos]
        for one, other in itertools.combinations(templates, 2):
            count("of one person", one, other)
        for name, change in CHANGES.items():
            if photos:
                count(name, templates[0], coded(change(photos[0])))
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = measured(chosen.folder)
    if chosen.json:
        print(json.dumps(found))
        return
    for name, counts in found.items():
        print(f"{name:15} {counts['near']} of {counts['pairs']} reach {alarms.NEAR / 1000:.2f}")


if __name__ == "__main__":
    main()
