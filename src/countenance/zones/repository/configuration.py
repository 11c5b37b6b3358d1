"""What a repository can be told: the `[repository]` section of `countenance.toml`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepositorySettings:
    """`database`: SQLAlchemy URL (SQLite or PostgreSQL); empty means `repository/repository.db`.

    `objects`: an object store's URL (`file:///…`, `s3://bucket/prefix`); empty means the folder `repository/objects`.
    The other three are pauses in seconds: between housekeeping rounds, publications, and looks for what to present.
    """

    database: str = ""
    objects: str = ""
    sweep_seconds: int = 60
    publish_seconds: int = 3
    present_seconds: int = 1
