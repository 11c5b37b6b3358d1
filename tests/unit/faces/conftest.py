from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from countenance import faces


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def engine(cache: Path) -> faces.Engine:
    return faces.Engine(cache=cache)


@pytest.fixture(scope="session")
def portrait_file() -> Path:
    return Path(str(metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")))


@pytest.fixture(scope="session")
def other_file() -> Path:
    place = "matplotlib/mpl-data/sample_data/grace_hopper.jpg"
    return Path(str(metadata.distribution("matplotlib").locate_file(place)))


@pytest.fixture(scope="session")
def portrait(portrait_file: Path) -> faces.Image:
    return faces.load(portrait_file)


@pytest.fixture(scope="session")
def other(other_file: Path) -> faces.Image:
    return faces.load(other_file)


@pytest.fixture
def noise() -> faces.Image:
    return np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
