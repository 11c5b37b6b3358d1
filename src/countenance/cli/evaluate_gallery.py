"""`countenance evaluate gallery`: a gallery's images, before it is used.

Names of images are printed, and scores of pairs; they are the caller's own pictures.
"""

from collections.abc import Sequence
from typing import Annotated

import typer

from countenance.cli import trying
from countenance.cli.say import AsJson, answer, undeployed
from countenance.cli.trying import Cards, Kept, ManifestFile, Most, Tried
from countenance.evaluation import comparing, inspecting, manifest
from countenance.evaluation.inspecting import Inspected, Pair
from countenance.vocabulary.evaluation import Lost

_TOLD = 10
"""Of each kind, how many images are named on a terminal; --json has more."""


@undeployed
def gallery(
    path: ManifestFile,
    *,
    threshold: Annotated[float, typer.Option(help="the threshold it is to be used with; see calibrate")] = 0.5,
    weak: Annotated[int, typer.Option(help="quality, 0 to 100, below which an image is named")] = 30,
    card: Cards = None,
    templates: Kept = None,
    most_images: Most = manifest.MOST_IMAGES,
    as_json: AsJson = False,
) -> None:
    """Look through a gallery before it is used: who would be taken for whom, what fits nobody. Exit 1: look at it."""
    index = comparing.nearest(threshold)
    tried = trying.tried(path, trying.cards(card), templates, most_images)
    ready, tallied = trying.compared(tried)
    found = inspecting.inspect(ready, tallied, index)
    poor = [_image(tried, one.row) for one in tried.acquired if 0 <= one.quality < weak]
    lost = {_image(tried, one.row): one.why.value for one in tried.outcomes if isinstance(one, Lost)}
    facts: dict[str, object] = {
        "threshold": threshold,
        "people": len(ready.references),
        "images": len(tried.acquired),
        "two_people_alike": {"count": found.alike_count, "pairs": _named(tried, found.alike)},
        "one_person_apart": {"count": found.apart_count, "pairs": _named(tried, found.apart)},
        "low_quality": poor,
        "without_template": lost,
    }
    answer(facts, _told(tried, found, poor, lost), as_json=as_json)
    raise typer.Exit(int(bool(found.alike_count or found.apart_count or poor or lost)))


def _image(tried: Tried, row: int) -> str:
    return tried.table.rows[row].image


def _named(tried: Tried, found: Sequence[Pair]) -> list[dict[str, object]]:
    rows = [one.row for one in tried.acquired]
    return [
        {"images": [_image(tried, rows[one.first]), _image(tried, rows[one.second])], "score": round(one.score, 3)}
        for one in found
    ]


def _told(tried: Tried, found: Inspected, poor: Sequence[str], lost: dict[str, str]) -> str:
    rows = [one.row for one in tried.acquired]

    def listed(title: str, count: int, lines: Sequence[str]) -> list[str]:
        more = [f"  … and {count - _TOLD:,} more"] if count > _TOLD else []
        return [f"{title}: {count:,}", *(f"  {line}" for line in lines[:_TOLD]), *more]

    def pairs(ones: Sequence[Pair]) -> list[str]:
        return [f"{one.score:.3f}  {_image(tried, rows[one.first])}  {_image(tried, rows[one.second])}" for one in ones]

    at = f"{found.threshold:.3f}"
    return "\n".join(
        [
            *listed(f"Pairs of two people at or above {at}", found.alike_count, pairs(found.alike)),
            *listed(f"Images below {at} from their own person's first", found.apart_count, pairs(found.apart)),
            *listed("Images of low quality", len(poor), poor),
            *listed("Images without a template", len(lost), [f"{name}: {why}" for name, why in lost.items()]),
        ]
    )
