"""Choosing: what somebody at the kiosk fills in, and what of it cannot be taken as it is."""

import datetime
import zoneinfo
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self

from starlette.datastructures import FormData

from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Scope
from countenance.warrants.subjects import MOST_CAMERAS, MOST_HOURS

SPANS: Final = (1, 2, 4, 8, 12, MOST_HOURS)
"""Hours that a request may span."""

HOURS: Final = tuple(f"{hour:02}:00" for hour in range(24))


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in, which is not yet as it should be."""

    wish: str = ""
    date: str = ""
    time: str = ""
    hours: str = ""
    cameras: tuple[str, ...] = ()
    assisted: bool = False
    copy: bool = False

    @classmethod
    def of(cls, form: FormData) -> Self:
        """What a browser sent."""
        one = {name: str(form.get(name, ""))[:32] for name in ("wish", "date", "time", "hours")}
        chosen = tuple(dict.fromkeys(str(name) for name in form.getlist("camera")))
        assisted, copy = (form.get(name) == "yes" for name in ("assisted", "copy"))
        return cls(**one, cameras=chosen, assisted=assisted, copy=copy)

    def scope(self, zone: zoneinfo.ZoneInfo, now: Moment) -> Scope:
        """Cameras and time, cut where it is not past yet. Raises ValueError, OverflowError."""
        begins = datetime.datetime.fromisoformat(f"{self.date.strip()}T{self.time.strip()}")
        if begins.tzinfo is not None or self.hours not in map(str, SPANS):
            raise ValueError("a time without a zone, and one of the spans, were asked for")
        start = int(begins.replace(tzinfo=zone).timestamp() * 1000)
        if start < 0:
            raise ValueError("there were no cameras then")
        return Scope(self.cameras, start, min(now, start + int(self.hours) * MILLISECONDS_AN_HOUR))

    def wrong(self, cameras: Collection[str], zone: zoneinfo.ZoneInfo, now: Moment) -> dict[str, str]:
        """Which fields cannot be taken as they are, each with the name of the sentence that says why."""
        wrong = {}
        if self.wish not in {wish.value for wish in Wish}:
            wrong["wish"] = "wrong_wish"
        try:
            scope = self.scope(zone, now)
            if scope.start >= scope.end:
                wrong["time"] = "wrong_future"
        except (ValueError, OverflowError):
            wrong["time"] = "wrong_time"
        if not self.cameras or not set(self.cameras) <= set(cameras):
            wrong["camera"] = "wrong_camera"
        elif len(self.cameras) > MOST_CAMERAS:
            wrong["camera"] = "wrong_many"
        return wrong
