"""Surveys for tests: a small questionnaire, opened waves, and people with browsers who answer."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from countenance.crypto import blind
from countenance.formats import records
from countenance.survey import budget, collecting, instrument, inviting, waves
from countenance.survey.inviting import Issuer
from countenance.survey.waves import Opened
from countenance.vocabulary.survey import Admission, Instrument, Submission

DAY = "2026-03-01"

SMALL = """\
format: 1
survey: station
version: 1
title: {en: Faces, zh: 人脸, ru: Лица}
intro: {en: We ask., zh: 我们问。, ru: Мы спрашиваем.}
epsilon: 2
waves: 2
questions:
  - id: comfort
    topic: comfort
    kind: likert
    text: {en: Comfort, zh: 舒服, ru: Удобно}
    options:
      - {id: uncomfortable, text: {en: Bad, zh: 坏, ru: Плохо}}
      - {id: fine, text: {en: Good, zh: 好, ru: Хорошо}}
  - id: trust
    kind: several
    text: {en: Where, zh: 哪里, ru: Где}
    options:
      - {id: shop, text: {en: Shops, zh: 商店, ru: Магазины}}
groups:
  - id: age
    text: {en: Age, zh: 年龄, ru: Возраст}
    parts:
      - {id: young, text: {en: Young, zh: 年轻, ru: Молодые}, people: 600}
      - {id: old, text: {en: Old, zh: 老, ru: Старые}, people: 400}
"""

OPEN = SMALL.replace("waves: 2\n", "waves: 2\nadmission: open\n")


def small(text: str = OPEN) -> Instrument:
    """The small questionnaire, or one like it."""
    return instrument.read(text.encode())


def begun(folder: Path, text: str = OPEN, issuer: bytes = b"") -> Opened:
    """A wave of it that is open."""
    place = folder / "survey" / "station"
    return waves.begin(place, text.encode(), day=DAY, issuer=issuer)


def submission(opened: Opened, answers: tuple[int, ...], **other: object) -> Submission:
    """What a browser sends, of answers that are randomised already; where anybody may answer, with a number it drew."""
    drawn = secrets.token_bytes(collecting.DRAWN) if opened.instrument.admission is Admission.OPEN else b""
    said: dict[str, object] = {
        "survey": opened.wave.survey,
        "wave": opened.wave.number,
        "instrument": opened.wave.instrument,
        "groups": (0,),
        "answers": answers,
        "token": drawn,
        "signature": b"",
        **other,
    }
    return Submission(**said)  # type: ignore[arg-type]


@dataclass
class Person:
    """Somebody with an invitation and a browser."""

    code: str
    below: Callable[[int], int]
    token: bytes = b""
    signature: bytes = b""
    seen: list[bytes] = field(default_factory=list)

    def fetch(self, issuer: Issuer) -> None:
        """Have a token signed for the code, blind."""
        made = blind.blind(b"a token of " + bytes([self.below(256) for _ in range(16)]), issuer.public)
        self.seen.append(made.blinded)
        self.signature = blind.finish(made, issuer.sign(self.code, made.blinded), issuer.public)
        self.token = made.prepared

    def answer(self, opened: Opened, truths: tuple[int, ...], groups: tuple[int, ...] = (0,)) -> bytes:
        """What leaves the browser."""
        answers = budget.reported(opened.instrument, truths, self.below)
        said = submission(opened, answers, groups=groups, token=self.token, signature=self.signature)
        return records.write(said)


def invited(folder: Path, people: int, below: Callable[[int], int]) -> tuple[Opened, Path, list[Person]]:
    """A wave by invitation, its issuer's folder, and who was invited."""
    public, codes = inviting.found(folder / "issuer", people)
    opened = begun(folder, SMALL, public)
    return opened, folder / "issuer", [Person(code, below) for code in codes]
