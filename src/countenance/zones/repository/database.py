"""The repository's database: SQLite in WAL mode with full synchronisation, or PostgreSQL, by URL.

Invariants:

* When `writing` ends without an error, what was written survives a power cut; when it ends with one, nothing of it
  is there. (If the connection breaks during the commit the outcome is unknown: callers may repeat every write.)
* On SQLite a writer takes the write lock first (BEGIN IMMEDIATE), so two writers queue instead of failing half-way.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, exc, func, insert, make_url, select
from sqlalchemy.dialects import postgresql, sqlite

from countenance.errors import Malformed, Unavailable
from countenance.zones.repository import schema

BUSY_MILLISECONDS = 30_000
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
)


class Database:
    """Connections to one database whose tables are those of `schema`.

    Raises Malformed for a URL that is none, Unavailable if the database is not there or is of another version.
    """

    def __init__(self, url: str) -> None:
        with _translated():
            self._engine = _engine(url)
            with self.writing() as connection:
                schema.metadata.create_all(connection)
                _check_version(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look (SQLite: a snapshot). Nothing done inside is kept."""
        with _translated(), self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: durable when the block ends, undone when it raises."""
        with _translated(), self._engine.begin() as connection:
            yield connection

    def size(self) -> int:
        """Bytes the database takes up."""
        with self.reading() as connection:
            if connection.dialect.name == "sqlite":
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
            return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert one row unless its primary key is there already; whether it was inserted."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise Malformed("the repository's database is not named by a URL; see docs/formats/repository.md") from error
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if kind != "sqlite":
        raise Malformed(f"the repository runs on sqlite and on postgresql, not on {kind}")
    engine = create_engine(parsed)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    for pragma in _PRAGMAS:
        raw.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _check_version(connection: Connection) -> None:
    found = connection.execute(select(func.max(schema.version.c.version))).scalar_one()
    if found is None:
        connection.execute(insert(schema.version).values(version=schema.VERSION))
    elif found > schema.VERSION:
        raise Unavailable(f"this repository is of version {found}: run a Countenance that knows it")
    elif found < schema.VERSION:
        raise Unavailable(
            f"this repository is of version {found}, whose rows lie in its database: let its retention run out under "
            "the Countenance that made it, or make a new deployment"
        )


@contextmanager
def _translated() -> Iterator[None]:
    """Driver errors as ours. Their own texts quote statements and values, so none of it is passed on."""
    try:
        yield
    except exc.OperationalError as error:
        full = "full" in str(error.orig) or "No space left" in str(error.orig)
        raise Unavailable(
            "the repository's disk is full: free some space; what was acknowledged is safe"
            if full
            else "the repository's database cannot be used now: check that it is running and its disk is writable"
        ) from None
    except exc.SQLAlchemyError as error:
        # Unavailable also when the file is damaged: whoever brings something keeps it until the database is restored.
        raise Unavailable(
            f"the repository's database failed ({type(error).__name__}): check it, or restore it from a backup"
        ) from None
