"""Dots: where on a plan each camera is drawn, for people's convenience. Nobody signs it and nothing is decided by it.

Who controls this, or reaches the repository's socket, can draw a camera elsewhere than it hangs. Where it hangs is in
its declaration, which an operator signed.
"""

from sqlalchemy import delete, select

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.zones.repository import arguments, schema
from countenance.zones.repository.database import insert_new
from countenance.zones.repository.repository import Repository

WHOLE = 1000
"""Both sides of a plan."""

WIDEST = 100_000
TURN = 359
"""Metres that a plan's side may stand for; degrees."""


def place(repository: Repository, message: Message) -> Message:
    """`cameras.place`: {camera, x, y}, thousandths from the left and from the top. Raises Refused if not declared."""
    camera = arguments.name(message.body.get("camera"), "a camera's name")
    x, y = (arguments.whole(message.body, side, most=WHOLE) for side in ("x", "y"))
    with repository.database.writing() as connection:
        known = select(schema.cameras.c.camera).where(schema.cameras.c.camera == camera)
        if connection.execute(known).scalar() is None:
            raise Refused("no camera of this name is declared here: declare it first")
        connection.execute(delete(schema.dots).where(schema.dots.c.camera == camera))
        insert_new(connection, schema.dots, {"camera": camera, "x": x, "y": y})
    return Message(message.verb, {"camera": camera, "x": x, "y": y})


def measure(repository: Repository, message: Message) -> Message:
    """`cameras.measure`: {metres, north}: how long a plan's sides are, and degrees from its top to north, clockwise."""
    metres = arguments.whole(message.body, "metres", most=WIDEST)
    north = arguments.whole(message.body, "north", most=TURN)
    if not metres:
        raise Malformed("a plan is at least one metre wide: say how wide it is")
    with repository.database.writing() as connection:
        connection.execute(delete(schema.plan))
        insert_new(connection, schema.plan, {"plan": 1, "metres": metres, "north": north})
    return Message(message.verb, {"metres": metres, "north": north})


def places(repository: Repository, message: Message) -> Message:
    """`cameras.places` -> {places: [{camera, x, y}], plan}: cameras that somebody placed, {} or {metres, north}."""
    with repository.database.reading() as connection:
        table = schema.dots
        found = connection.execute(select(table.c.camera, table.c.x, table.c.y).order_by(table.c.camera)).all()
        measured = connection.execute(select(schema.plan.c.metres, schema.plan.c.north)).first()
    listed: list[Json] = [{"camera": camera, "x": x, "y": y} for camera, x, y in found]
    plan: dict[str, Json] = {"metres": measured.metres, "north": measured.north} if measured else {}
    return Message(message.verb, {"places": listed, "plan": plan})
