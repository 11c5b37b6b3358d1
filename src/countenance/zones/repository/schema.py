"""The repository's tables: signed records, names of objects. The same on SQLite and on PostgreSQL.

Version 2 is made by `metadata.create_all` and written into `schema_version`; a database of another version is refused.
A masked row is here from its arrival until the custodian has taken it and its sheet has it, durably.

Who can read these tables learns when and where a camera saw someone, not whom. Who can write them can hide or spoil
sightings: searches then say "incomplete", because the custodian holds the edges' manifests and the digests.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

VERSION = 2

# `state` of a sighting or manifest: kept here; taken in by the custodian; refused by it, for good.
STORED, TAKEN, REFUSED = "stored", "taken", "refused"

metadata = MetaData()

version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

# An object without a line here is nobody's: an upload that was cut off, or one whose rows are gone.
objects = Table(
    "objects",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("size", BigInteger, nullable=False),
)

# `masked_row` is empty and `sheet` its sheet's number once the row is taken.
sightings = Table(
    "sightings",
    metadata,
    Column("sighting", String(32), primary_key=True),
    Column("camera", String(64), nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("masked_row", LargeBinary, nullable=False),
    Column("sealed_nonce", LargeBinary, nullable=False),
    Column("sheet", Integer),
    Column("still", String(40), ForeignKey("objects.name"), nullable=False, index=True),
    Column("patches", String(40), ForeignKey("objects.name"), nullable=False, index=True),
    Column("state", String(8), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("arrived", BigInteger, nullable=False),
    Index("sightings_by_partition", "camera", "hour"),
    Index("sightings_by_state", "state", "arrived"),
)

segments = Table(
    "segments",
    metadata,
    Column("segment", String(32), primary_key=True),
    Column("camera", String(64), nullable=False),
    Column("hour", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("ciphertext", String(40), ForeignKey("objects.name"), nullable=False, index=True),
    Column("arrived", BigInteger, nullable=False),
    Index("segments_by_time", "camera", "started"),
    Index("segments_by_partition", "camera", "hour"),
)

manifests = Table(
    "manifests",
    metadata,
    Column("edge", String(64), primary_key=True),
    Column("camera", String(64), primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("record", LargeBinary, nullable=False),
    Column("state", String(8), nullable=False),
    Column("reason", String(200), nullable=False, default=""),
    Column("arrived", BigInteger, nullable=False),
    Index("manifests_by_state", "state", "arrived"),
)

# What came with a warrant, sealed to the custodian. `photo`, `template` and `photo_key` come with number 1 only.
filings = Table(
    "filings",
    metadata,
    Column("filing", String(32), primary_key=True),
    Column("warrant", String(16), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("template", LargeBinary),
    Column("photo_key", LargeBinary),
    Column("photo", String(40), ForeignKey("objects.name"), index=True),
    Column("accepted", Boolean, nullable=False),
    Column("arrived", BigInteger, nullable=False),
)

# Questions from the door, sealed to the custodian, until they are answered.
questions = Table(
    "questions",
    metadata,
    Column("request", String(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("arrived", BigInteger, nullable=False),
)

# Public keys of the edges, as the custodian last told them: uploads are checked while the custodian is locked, too.
edges = Table(
    "edges",
    metadata,
    Column("edge", String(64), primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("camera", String(64), primary_key=True),
    Column("record", LargeBinary, nullable=False),
)

# Where on a plan a camera is drawn, in thousandths of its width and height. Nobody signed it.
dots = Table(
    "dots",
    metadata,
    Column("camera", String(64), primary_key=True),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
)

# One line, 1: what the plan shows. Nobody signed it.
plan = Table(
    "plan",
    metadata,
    Column("plan", Integer, primary_key=True),
    Column("metres", Integer, nullable=False),
    Column("north", Integer, nullable=False),
)
