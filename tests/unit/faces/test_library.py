from pathlib import Path

import numpy as np
import pytest

from countenance import faces
from countenance.errors import Malformed
from unit.faces import tiny


def test_public_names() -> None:
    assert sorted(faces.__all__) == [
        *("Box", "Detector", "DetectorCard", "Engine", "Extractor", "ExtractorCard", "Face", "Image", "Picture"),
        *("Quality", "Sample", "Template", "VERIFICATION_THRESHOLD", "align", "built_in", "combine", "compare"),
        *("detect", "extract", "load", "quality", "read_card", "read_template", "reasons"),
    ]
    assert all(hasattr(faces, name) for name in faces.__all__)


def test_acts_on_paths_bytes_and_arrays(monkeypatch: pytest.MonkeyPatch, cache: Path, portrait_file: Path) -> None:
    monkeypatch.setenv("COUNTENANCE_CACHE", str(cache))
    pictures = [portrait_file, portrait_file.read_bytes(), faces.load(portrait_file)]
    assert len({faces.detect(picture) for picture in pictures}) == 1
    assert faces.extract(pictures[0]) == faces.extract(pictures[2], faces.detect(pictures[1])[0])
    assert faces.quality(pictures[0]).value > 70


def test_own_extractor(tmp_path: Path, cache: Path, portrait: faces.Image) -> None:
    card = faces.read_card(tiny.card(tmp_path))
    own = faces.Engine(card, cache=cache)
    assert own.extract(portrait).dimension == tiny.DIMENSION
    assert own.extract(portrait).extractor == own.extractor.digest
    with pytest.raises(Malformed, match="at most one"):
        faces.Engine(card, card, cache=cache)


def test_no_face_and_several(engine: faces.Engine, portrait: faces.Image, noise: faces.Image) -> None:
    two = np.concatenate([portrait, portrait], axis=1)
    for act in (engine.extract, engine.quality):
        with pytest.raises(Malformed, match="no face"):
            act(noise)
        with pytest.raises(Malformed, match="2 faces"):
            act(two)
    left, right = (engine.extract(two, face) for face in engine.detect(two))
    assert faces.compare(left, right) > 0.95


def test_turned_pictures_give_the_same_template(engine: faces.Engine, portrait_file: Path, tmp_path: Path) -> None:
    """A phone stores a turned picture and says so in EXIF."""
    import PIL.Image

    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    turned = tmp_path / "turned.png"
    PIL.Image.open(portrait_file).rotate(90, expand=True).save(turned, exif=exif)
    assert engine.extract(turned) == engine.extract(portrait_file)
