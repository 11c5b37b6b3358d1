"""The database: durable settings, versions, and errors that quote nothing."""

import secrets
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from countenance.errors import Malformed, Unavailable
from countenance.zones.repository import schema
from countenance.zones.repository.database import Database


def test_tables_survive_and_are_found_again(database_url: str) -> None:
    first = Database(database_url)
    with first.writing() as connection:
        connection.execute(insert(schema.edges).values(edge="edge-1", key=b"k"))
    first.close()
    again = Database(database_url)
    with again.reading() as connection:
        assert connection.execute(select(schema.edges.c.key)).scalars().all() == [b"k"]
    assert again.size() > 0
    again.close()


@pytest.mark.parametrize(("version", "advice"), [(1, "new deployment"), (schema.VERSION + 1, "run a Countenance")])
def test_another_version_is_refused_and_left_as_it_is(database_url: str, version: int, advice: str) -> None:
    first = Database(database_url)
    with first.writing() as connection:
        connection.execute(update(schema.version).values(version=version))
    with pytest.raises(Unavailable, match=f"version {version}.*{advice}"):
        Database(database_url)
    with first.reading() as connection:
        assert connection.execute(select(schema.version.c.version)).scalars().all() == [version]
    first.close()


def test_a_write_that_fails_leaves_nothing(database_url: str) -> None:
    database = Database(database_url)

    def half_done() -> None:
        with database.writing() as connection:
            connection.execute(insert(schema.edges).values(edge="edge-1", key=b"k"))
            raise Malformed("no")

    with pytest.raises(Malformed):
        half_done()
    with database.reading() as connection:
        assert connection.execute(select(schema.edges)).all() == []
    database.close()


def test_errors_quote_neither_statement_nor_values(database_url: str) -> None:
    database = Database(database_url)
    secret = secrets.token_hex(8)

    def fail() -> None:
        with database.writing() as connection:
            connection.execute(text("SELECT :value FROM nowhere"), {"value": secret})

    with pytest.raises(Unavailable) as caught:
        fail()
    assert secret not in str(caught.value)
    assert caught.value.__suppress_context__
    database.close()


def test_sqlite_is_durable_by_its_settings(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.close()


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "sqlite:////nonexistent/folder/rows.db"])
def test_urls_that_cannot_be_used(url: str) -> None:
    with pytest.raises((Malformed, Unavailable)):
        Database(url)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(Unavailable):
        Database(f"sqlite:///{tmp_path / 'rows.db'}")
