"""Scope: which cameras and hours a warrant opens, and how wide it may be.

Invariants:

* A scope names at least one camera once and a span of time that is not empty.
* No warrant is wider than the ceiling; a wider question is several warrants, each with its own approvals.
"""

from collections.abc import Mapping

from countenance.errors import Refused
from countenance.vocabulary.cameras import Camera, Partition
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Hour, Moment
from countenance.vocabulary.warrants import Scope

MAXIMUM_CAMERAS = 64
"""Cameras of one scope: a large station's hall and platforms. More would be a search of a city, not of a place."""

MAXIMUM_HOURS = 72
"""Length of one scope: the default retention, so that one warrant can reach whatever a default camera still holds."""

LATEST: Moment = 253_402_300_799_999
"""The last millisecond of the year 9999: hours beyond it cannot be written."""

REAL_TIME_HOURS = 24
"""A scope on a publicly accessible place that ends later than this before now is real-time (DESIGN section 6).

The AI Act (Art. 5(1)(h)) gives no number; this one is ours.
"""


def check(scope: Scope) -> None:
    """Raise Refused, with the reason, for a scope that is empty, names a camera twice or is above the ceiling."""
    if not scope.cameras:
        raise Refused("the scope names no camera: name at least one")
    if len(set(scope.cameras)) != len(scope.cameras):
        raise Refused("the scope names a camera twice: name each once")
    if scope.end > LATEST:
        raise Refused("the scope ends after the year 9999: give a start and an end that have a date")
    if scope.start >= scope.end or scope.start < 0:
        raise Refused("the scope ends before it starts: give a start and a later end")
    if len(scope.cameras) > MAXIMUM_CAMERAS:
        raise Refused(f"the scope names more than {MAXIMUM_CAMERAS} cameras: narrow it, or draft several warrants")
    if scope.end - scope.start > MAXIMUM_HOURS * MILLISECONDS_AN_HOUR:
        raise Refused(f"the scope is longer than {MAXIMUM_HOURS} hours: narrow it, or draft several warrants")


def check_declared(scope: Scope, cameras: Mapping[str, Camera]) -> None:
    """Raise Refused if the scope names a camera that nobody declared."""
    if not set(scope.cameras) <= cameras.keys():
        # Not by its name: a refusal is an entry, and this name may be any text.
        raise Refused(
            "one of the scope's cameras was declared by nobody: 'countenance camera list' names those that are"
        )


def check_real_time(scope: Scope, cameras: Mapping[str, Camera], now: Moment) -> None:
    """Raise Refused if the scope is real-time on a publicly accessible place, or names a camera nobody declared."""
    check_declared(scope, cameras)
    for name in scope.cameras:
        camera = cameras[name]
        if camera.publicly_accessible and scope.end > now - REAL_TIME_HOURS * MILLISECONDS_AN_HOUR:
            raise Refused(
                f"camera '{name}' is in a publicly accessible place, where a scope must end at least "
                f"{REAL_TIME_HOURS} hours ago: a later one is real-time identification (AI Act Art. 5(1)(h))"
            )


def partitions(scope: Scope) -> tuple[Partition, ...]:
    """Every partition that the scope touches, by camera and hour: whole partitions, the unit of search."""
    first, last = Hour.of(scope.start).number, Hour.of(scope.end - 1).number
    return tuple(Partition(camera, hour) for camera in sorted(scope.cameras) for hour in range(first, last + 1))


def covers(scope: Scope, start: Moment, end: Moment) -> bool:
    """Whether a sighting from `start` to `end`, on a camera of the scope, lies in its span at least in part."""
    return start < scope.end and end >= scope.start


def within(inner: Scope, outer: Scope) -> bool:
    """Whether `inner` opens nothing that `outer` does not."""
    return set(inner.cameras) <= set(outer.cameras) and outer.start <= inner.start and inner.end <= outer.end
