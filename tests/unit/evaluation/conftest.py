"""Pictures from installed packages, and ones made of them."""

from importlib import metadata
from pathlib import Path

import PIL.Image
import pytest

from countenance import faces


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, models: Path) -> None:
    monkeypatch.setenv("COUNTENANCE_CACHE", str(models))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def portraits() -> dict[str, Path]:
    """One picture each of two people, by name."""
    return {
        "one": Path(str(metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png"))),
        "two": Path(
            str(metadata.distribution("matplotlib").locate_file("matplotlib/mpl-data/sample_data/grace_hopper.jpg"))
        ),
    }


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path], models: Path) -> Path:
    """Pictures of every kind that a manifest may list."""
    place = tmp_path_factory.mktemp("pictures")
    engine = faces.Engine(cache=models)
    one, two = (PIL.Image.open(portraits[name]).convert("RGB") for name in ("one", "two"))
    one.save(place / "one.png")
    one.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT).save(place / "一.png")
    two.save(place / "two.png")
    two.resize((two.width * 3 // 4, two.height * 3 // 4)).save(place / "smaller.png")
    (place / "again.png").write_bytes((place / "one.png").read_bytes())
    both = PIL.Image.new("RGB", (one.width * 2, one.height))
    both.paste(one, (0, 0))
    both.paste(one, (one.width, 0))
    both.save(place / "both.png")
    PIL.Image.new("RGB", (80, 80), (90, 120, 90)).save(place / "wall.png")
    (place / "broken.png").write_bytes((place / "one.png").read_bytes()[:5000])
    sample = engine.sample(faces.load(place / "one.png"), engine.subject(faces.load(place / "one.png")))
    PIL.Image.fromarray(sample).save(place / "sample.png")
    return place
