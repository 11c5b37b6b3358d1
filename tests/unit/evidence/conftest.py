"""One story, composed once; each test alters its own copy."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from countenance.channel.client import Connection
from countenance.channel.server import Server
from countenance.evidence import compose
from countenance.evidence.compose import Evidence
from evidence import scene
from evidence.scene import Scene, Store


@contextmanager
def serving(path: Path, store: Store) -> Iterator[Path]:
    """The repository's socket, answered from `store`."""
    handlers: Mapping[str, Any] = store.handlers()
    stop = threading.Event()
    server = Server(path, handlers, log=lambda line: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,), daemon=True)
    thread.start()
    try:
        yield path
    finally:
        stop.set()
        thread.join(60)


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return scene.build(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="session")
def composed(story: Scene, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("sockets")
    with serving(folder / "repository", story.store), Connection(folder / "repository", timeout=60) as repository:
        return compose.compose(story.task(), repository, story.signing())


@pytest.fixture(scope="session")
def files(story: Scene, composed: Evidence) -> dict[str, bytes]:
    """A whole, true evidence folder."""
    return compose.delivered(composed, story.deliver(composed.digest))


Composing = Callable[[Scene], Evidence]


@pytest.fixture
def composing(tmp_path: Path) -> Composing:
    """Compose a scene whose store a test has altered."""

    def run(altered: Scene) -> Evidence:
        with serving(tmp_path / "repository", altered.store), Connection(tmp_path / "repository", timeout=60) as there:
            return compose.compose(altered.task(), there, altered.signing())

    return run
