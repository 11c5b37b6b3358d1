"""Moments as pages without scripts spell them: as `moments.js` does for the others, but in a zone that is said."""

import datetime
import zoneinfo
from typing import Final

from countenance.vocabulary.moments import Moment

_EN: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RU: Final = ("янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек.")


def day(moment: Moment, zone: zoneinfo.ZoneInfo, language: str) -> str:
    """25 Nov 2026; 2026年11月25日; 25 нояб. 2026 г."""
    at = _at(moment, zone)
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日"
    if language == "ru":
        return f"{at.day} {_RU[at.month - 1]} {at.year} г."
    return f"{at.day} {_EN[at.month - 1]} {at.year}"


def clock(moment: Moment, zone: zoneinfo.ZoneInfo) -> str:
    """14:03:10."""
    return _at(moment, zone).strftime("%H:%M:%S")


def said(moment: Moment, zone: zoneinfo.ZoneInfo, language: str) -> str:
    """25 Nov 2026, 14:03:10."""
    return f"{day(moment, zone, language)}{' ' if language == 'zh' else ', '}{clock(moment, zone)}"


def _at(moment: Moment, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(moment / 1000, zone)
