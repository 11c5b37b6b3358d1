"""Standing galleries: what their text must say, and when approvals make it permission to compare.

Invariants:

* A standing gallery on a camera in a publicly accessible place is refused: it is real-time remote biometric
  identification (AI Act Art. 5(1)(h)), for which this version has no lawful way.
* Only `permit` makes a `Permission`, and what masks a gallery or makes an alert takes one. It checks everything anew.
* Quorum, keys and requester: the same rules as for a search (`warrants.quorum`, `warrants.authorise`).
"""

import re
from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from typing import Final

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.probes import MAXIMUM_ROWS
from countenance.vocabulary.acts import Named
from countenance.vocabulary.calibration import Calibration
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.consents import BY_CONSENT, NUMBER
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.galleries import GalleryLimits, StandingGallery
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Approval
from countenance.warrants import calibrations, content, flights, quorum
from countenance.warrants import threshold as thresholds
from countenance.warrants.authorise import Circumstances
from countenance.warrants.calibrations import Known
from countenance.warrants.scope import LATEST, MAXIMUM_CAMERAS
from countenance.warrants.threshold import Calibrations

LONGEST_DAYS = 30
"""How long a gallery may stand: whoever still needs it asks two people again."""

MAXIMUM_CANDIDATES = 10
"""References one probe may alert to: one person passed, and rarely are several references of them."""

MAXIMUM_ALERTS = 1000
"""Alerts in 24 hours; what is beyond is nobody's work to look at, and says that the threshold is too low."""

MOST_BY_CONSENT = 10
"""References of a gallery by consent: photos of one person, who can end it for themselves and for nobody else."""

_ID = re.compile(r"[0-9a-f]{16}")
_DAY = 24 * MILLISECONDS_AN_HOUR
_TOKEN: Final = object()


@dataclass(frozen=True, slots=True)
class Standing:
    """What must be kept of a gallery to hold every act against it, without case, purpose, photos or templates.

    `references`: how many. `helpers`: who extracted them. `consent`: the number of the consent it stands by, or empty.
    `flight`: whose gallery it is, and `basis`: the law that demands that, or empty.
    """

    gallery: str
    number: int
    hash: bytes
    requester: str
    references: int
    helpers: tuple[str, ...]
    extractor: bytes
    cameras: tuple[Camera, ...]
    start: Moment
    end: Moment
    threshold: int
    limits: GalleryLimits
    consent: bytes = field(default=b"", metadata=LATER)
    flight: str = field(default="", metadata=LATER)
    basis: str = field(default="", metadata=LATER)

    @property
    def named(self) -> Named:
        """The text, as asks name it."""
        return Named(self.gallery, self.number, self.hash)

    def edge_of(self, camera: str) -> str:
        """The edge that records `camera`, or empty if the gallery does not stand there."""
        return next((one.edge for one in self.cameras if one.name == camera), "")


@dataclass(frozen=True, slots=True)
class Permission:
    """A gallery that may be compared with now. Made by `permit` and nowhere else. `threshold`: thousandths, under the
    calibrations `of` its cameras.
    """

    standing: Standing
    approvals: tuple[Approval, ...]
    threshold: int
    of: Calibrations
    token: InitVar[object]

    def __post_init__(self, token: object) -> None:
        if token is not _TOKEN:
            raise TypeError("only warrants.galleries.permit makes a Permission")


def lawful(text: bytes, circumstances: Circumstances, known: Known) -> StandingGallery:
    """The gallery written in `text`, if approvals could make it permission. `known`: calibrations that were set.

    Raises Refused with what no approval can lift, Malformed if `text` is no gallery.
    """
    gallery = records.read(StandingGallery, text)
    _check_words(gallery, circumstances.genesis)
    _check_consent(gallery)
    _check_time(gallery, circumstances.now)
    check_cameras(gallery.cameras)
    _check_references(gallery)
    _check_limits(gallery)
    flights.check(gallery)
    kept = standing(gallery)
    of = calibrated(kept, known)
    calibrations.check_floor(of, gallery.threshold)
    least = _effective(kept, of)
    if gallery.threshold < least:
        raise Refused(f"the threshold for this many references is {least} to 1000 thousandths: choose one between")
    for reference in gallery.references:
        helper = circumstances.helpers.get(reference.probe.helper)
        if helper is None:
            raise Refused("a probe helper that signed a reference is not enrolled here: extract the photos again")
        content.check_probe(reference.probe, helper)
    return gallery


def standing(gallery: StandingGallery) -> Standing:
    """What must be kept of `gallery`."""
    return Standing(
        gallery=gallery.gallery,
        number=gallery.number,
        hash=records.digest(gallery),
        requester=gallery.requester,
        references=len(gallery.references),
        helpers=tuple(sorted({one.probe.helper for one in gallery.references})),
        extractor=gallery.references[0].probe.extractor,
        cameras=gallery.cameras,
        start=gallery.start,
        end=gallery.end,
        threshold=gallery.threshold,
        limits=gallery.limits,
        consent=gallery.consent,
        flight=gallery.flight,
        basis=gallery.legal_basis if gallery.flight else "",
    )


def permit(kept: Standing, approvals: Sequence[Signed], circumstances: Circumstances, known: Known) -> Permission:
    """Permission to compare with the gallery `kept` now, or Refused with what is missing. Procedure:

    1. It has begun and has not ended, and none of its cameras is in a publicly accessible place.
    2. The probe helpers that extracted its references are still enrolled.
    3. Persons enough, of two organisations, never the requester, have approved this very text and not taken it back.
    4. Its cameras have calibrations, which reach as many references.

    `approvals`: signed asks of the verb `approve`, in order of arrival. `known`: calibrations that were set.
    """
    if not kept.start <= circumstances.now < kept.end:  # (1)
        raise Refused("this gallery does not stand now: it begins and ends when its text says")
    check_cameras(kept.cameras)
    if not set(kept.helpers) <= set(circumstances.helpers):  # (2)
        raise Refused("a probe helper that signed a reference is not enrolled here any more: draft the gallery again")
    words = given(kept, approvals, circumstances)  # (3)
    quorum.check(words, people=circumstances.people, genesis=circumstances.genesis)
    of = calibrated(kept, known)  # (4)
    return Permission(kept, words, _effective(kept, of), of, _TOKEN)


def given(kept: Standing, approvals: Sequence[Signed], circumstances: Circumstances) -> tuple[Approval, ...]:
    """The approvals of this text that count now."""
    return quorum.standing(
        approvals,
        meant=kept.named,
        requester=kept.requester,
        people=circumstances.people,
        genesis=circumstances.genesis,
    )


def calibrated(kept: Standing, known: Known) -> tuple[Calibration, ...]:
    """The calibrations of the gallery's cameras, under which it may stand. Raises Refused."""
    cameras, stated, one_in = [one.name for one in kept.cameras], kept.threshold, kept.limits.one_in
    calibrations.check_bare(known, cameras, kept.extractor, stated=stated, one_in=one_in)
    of = calibrations.of_scope(known, cameras, kept.extractor)
    most = thresholds.most_rows(of, thresholds.expected_at_most(thresholds.EXPECTED_FALSE, one_in))
    if kept.references > most:
        # A flight's kiosks ask one gallery, so that it is not split.
        instead = "ask for" if kept.flight else "split the gallery, or ask for"
        raise Refused(
            f"of so many references more than one passer-by in {one_in or thresholds.ONE_IN} would be taken for one: "
            f"the calibration reaches {most}; {instead} at most one false alert in fewer passers-by"
        )
    return of


def _effective(kept: Standing, of: Calibrations) -> int:
    """The threshold that is used: the text's, or the calibrations' for as many references where that is higher."""
    expected = thresholds.expected_at_most(thresholds.EXPECTED_FALSE, kept.limits.one_in)
    return thresholds.effective(of, kept.threshold, kept.references, expected)


def check_cameras(cameras: Sequence[Camera]) -> None:
    """Raise Refused if a gallery may not stand before these cameras."""
    if not 1 <= len(cameras) <= MAXIMUM_CAMERAS or len({one.name for one in cameras}) != len(cameras):
        raise Refused(f"a gallery stands before 1 to {MAXIMUM_CAMERAS} cameras: name each once")
    if any(one.publicly_accessible for one in cameras):
        raise Refused(
            "one of these cameras is in a publicly accessible place, where a standing gallery is real-time remote "
            "biometric identification (AI Act Art. 5(1)(h)): this version refuses it; name other cameras"
        )


def _check_words(gallery: StandingGallery, genesis: Genesis) -> None:
    if gallery.deployment != genesis.deployment:
        raise Refused("this gallery was written for another gallery custodian: draft it here")
    if not _ID.fullmatch(gallery.gallery) or gallery.number != 1:
        raise Malformed("a gallery has an id of 16 hex digits and the number 1")
    for name in ("case", "purpose", "legal_basis", "requester"):
        text = getattr(gallery, name)
        if not text.strip() or len(text) > content.LONGEST_TEXT:
            raise Refused(
                f"the gallery's {name.replace('_', ' ')} is missing or longer than {content.LONGEST_TEXT} characters"
            )


def _check_consent(gallery: StandingGallery) -> None:
    if bool(gallery.consent) != (gallery.legal_basis == BY_CONSENT):
        raise Refused(f"consent has its person's number and the legal basis {BY_CONSENT}: give both, or neither")
    if len(gallery.consent) not in (0, NUMBER):
        raise Malformed(f"the number of a consent has {NUMBER} bytes: copy it from where the portal showed it")
    if gallery.consent and len(gallery.references) > MOST_BY_CONSENT:
        raise Refused(f"a gallery by consent is one person's, of at most {MOST_BY_CONSENT} photos: draft one for each")


def _check_time(gallery: StandingGallery, now: Moment) -> None:
    if not 0 <= gallery.start < gallery.end <= LATEST:
        raise Refused("the gallery ends before it starts, or has no date: give a start and a later end")
    if gallery.end <= now:
        raise Refused("this gallery has ended already: give a later end")
    if gallery.end - gallery.start > LONGEST_DAYS * _DAY or gallery.start - gallery.made > LONGEST_DAYS * _DAY:
        raise Refused(f"a gallery begins within {LONGEST_DAYS} days and stands at most {LONGEST_DAYS}: give less")


def _check_references(gallery: StandingGallery) -> None:
    if not 1 <= len(gallery.references) <= MAXIMUM_ROWS:
        raise Refused(f"a gallery has 1 to {MAXIMUM_ROWS} references: split it")
    names = {one.reference for one in gallery.references}
    if len(names) != len(gallery.references) or not all(map(_ID.fullmatch, names)):
        raise Malformed("every reference has an id of its own, 16 hex digits")
    if len({one.probe.extractor for one in gallery.references}) != 1:
        raise Refused("the references were extracted by different extractors: extract all photos again")


def _check_limits(gallery: StandingGallery) -> None:
    limits = gallery.limits
    if not 1 <= limits.candidates <= MAXIMUM_CANDIDATES:
        raise Refused(f"a probe may alert to 1 to {MAXIMUM_CANDIDATES} references: choose a number between")
    if not 1 <= limits.alerts <= MAXIMUM_ALERTS:
        raise Refused(f"a gallery makes 1 to {MAXIMUM_ALERTS} alerts a day: choose a number between")
    if limits.secrecy_end <= gallery.made:
        raise Refused("the gallery has no end of secrecy: give a moment after it was made")
    thresholds.check_one_in(limits.one_in)
