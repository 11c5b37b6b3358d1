"""How often live bounds stop a camera or purpose wrongly, and after how many searches rightly.

    python benchmarks/live_bounds.py [--streams 10000] [--json]

Streams of searches of known truth (`countenance.evaluation.streams`), as wide as a policy with a limit of one stranger
in ten searches allows. A baseline in the same run: stopping as soon as the plain share of searches that showed a
stranger is above the limit, after at least 30 searches.
"""

import argparse
import json

import numpy as np

from countenance.evaluation.sequential import ERROR
from countenance.evaluation.streams import stops

LIMIT = 0.1
RATIOS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
SEARCHES = 5_000
LEAST = 30


def plainly(ratio: float, streams: int, seed: int) -> float:
    """The share of streams that the baseline stops."""
    chance = np.random.default_rng(seed)
    stopped = 0
    for start in range(0, streams, 500):
        shown = chance.random((min(500, streams - start), SEARCHES)) < ratio * LIMIT
        share = np.cumsum(shown, axis=1) / np.arange(1, SEARCHES + 1)
        stopped += int(np.count_nonzero((share[:, LEAST:] > LIMIT).any(axis=1)))
    return stopped / streams


def measured(streams: int) -> list[dict[str, float | None]]:
    """For each ratio: share stopped, searches until half and nine of ten are, and the baseline's share."""
    rows: list[dict[str, float | None]] = []
    for number, ratio in enumerate(RATIOS):
        when = stops(np.full(SEARCHES, LIMIT), ratio, LIMIT, streams=streams, seed=number)
        ever = when > 0
        half, most = (
            (int(np.quantile(np.where(ever, when, SEARCHES + 1), share)) if ever.mean() >= share else None)
            for share in (0.5, 0.9)
        )
        stopped = float(ever.mean())
        rows.append(
            {
                "ratio": ratio,
                "stopped": stopped,
                "median": half,
                "nine_of_ten": most,
                "plain_share": plainly(ratio, streams, number),
            }
        )
    return rows


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    rows = measured(chosen.streams)
    if chosen.json:
        print(json.dumps({"error": ERROR, "searches": SEARCHES, "streams": chosen.streams, "rows": rows}))
        return
    print(f"{chosen.streams} streams of {SEARCHES} searches; a bound is wrong for at most {100 * ERROR:g} % of them")
    print("true rate / limit   stopped   half after   nine of ten after   stopped by plain share")
    for row in rows:
        half, most = (row[name] or "-" for name in ("median", "nine_of_ten"))
        print(f"{row['ratio']:>17}  {row['stopped']:>8.2%}  {half:>11}  {most:>18}  {row['plain_share']:>23.2%}")


if __name__ == "__main__":
    main()
