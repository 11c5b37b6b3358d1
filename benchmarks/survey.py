"""The survey: how long a million answers take to analyse, in what memory, and how many submissions a second are taken.

    python benchmarks/survey.py [--people N] [--submissions N] [--json]

* analysis: N people's records in twenty days' files, read, counted, weighted, compared and written as page and JSON, in
  a process of its own, whose memory is measured. Baseline: a process that holds the same records as true answers and
  takes their means, without weights, bounds or comparisons.
* submissions: what browsers send, each with a token of its own, over HTTP to a portal in a process of its own on one
  core, `BROWSERS` of them under way at once, each acknowledged when it is durable; and at the store, without HTTP.
  Baseline: a form without privacy or tokens, which reads the same bytes as JSON and appends them to a journal, as often
  durable.
* issuing: blind signatures a second, on one core.
* batches: fifty submissions into a day that has 400,000 already. Baseline: into an empty day.
"""

import argparse
import contextlib
import http.client
import json
import queue
import resource
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from countenance.crypto import blind  # noqa: E402 - the simulator stands beside the tests
from countenance.crypto.blind import IssuingKey  # noqa: E402
from countenance.durable.journal import Journal  # noqa: E402
from countenance.formats import records  # noqa: E402
from countenance.survey import (  # noqa: E402
    analysis,
    budget,
    collecting,
    earlier,
    methods,
    report,
    responses,
    simulating,
    starting,
    waves,
    weighting,
)
from countenance.vocabulary.survey import Way  # noqa: E402
from countenance.web.portal import program  # noqa: E402
from simulator.surveys import submission  # noqa: E402

DAYS = 20
BATCH = 50
"""Submissions that share one write: what arrives in a quarter of a second at 200 a second."""
BROWSERS = 200
"""Of which each sends the next when its last was acknowledged."""
SIGNATURES = 200
FULL_DAY = 400_000


def begun(folder: Path, issuer: bytes) -> waves.Opened:
    """A wave of the questionnaire that ships, open."""
    source = starting.made_up()
    place = folder / "survey" / "site"
    issuing = "http://issuer.localhost:8460"
    return waves.begin(place, source, day="2026-01-01", issuer=issuer, issuing=issuing, program=program.digest())


def filled(opened: waves.Opened, people: int) -> None:
    """Answers of so many people, a twentieth a day."""
    draw = np.random.default_rng(9)
    place = simulating.world(opened.instrument, draw)
    with collecting.collecting(opened) as collector:
        for day in range(1, DAYS + 1):
            cells, truths = simulating.answered(place, people // DAYS, draw)
            collector.add(Way.WEB, responses.packed(cells, budget.randomise(opened.instrument, truths, draw)))
            collector.flush(f"2026-01-{day:02d}")


def analysed(folder: Path) -> dict[str, float]:
    """The whole of a report but its PDF; for a process of its own."""
    started = time.perf_counter()
    opened = waves.all_of(folder / "survey" / "site")[0]
    found = analysis.analyse(opened, margins=weighting.declared(opened.instrument), language="en")
    report.page(found, earlier.shipped(), methods.Sponsor())
    report.record(found, earlier.shipped(), methods.Sponsor())
    return _spent(started)


def plain(folder: Path) -> dict[str, float]:
    """The baseline: all records at once, means of columns."""
    started = time.perf_counter()
    opened = waves.all_of(folder / "survey" / "site")[0]
    width = 1 + len(opened.instrument.items)
    rows = [np.frombuffer(responses.whole(path, width)[1], np.uint8) for _, path in opened.answers]
    every = np.concatenate(rows).reshape(-1, width)
    for item in range(1, width):
        np.bincount(every[:, item]) / len(every)
    return _spent(started)


def _spent(started: float) -> dict[str, float]:
    return {
        "seconds": time.perf_counter() - started,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def alone(part: str, folder: Path) -> dict[str, float]:
    """One part in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--part", part, "--folder", str(folder)], check=True, capture_output=True
    )
    return dict(json.loads(done.stdout))


def sent(opened: waves.Opened, key: rsa.RSAPrivateKey, many: int) -> list[bytes]:
    """What so many browsers send. Their tokens are signed at sight: blind or not, the signature is the same."""
    truths = tuple(0 for _ in opened.instrument.items)
    found: list[bytes] = []
    for _ in range(many):
        token = secrets.token_bytes(blind.PREFIX + 32)
        signature = key.sign(token, padding.PSS(padding.MGF1(hashes.SHA384()), blind.SALT), hashes.SHA384())
        answers = budget.reported(opened.instrument, truths)
        said = submission(opened, answers, groups=(0, 0), token=token, signature=signature)
        found.append(records.write(said))
    return found


def issued(key: IssuingKey) -> float:
    """Blind signatures a second."""
    blinded = blind.blind(secrets.token_bytes(32), key.public).blinded
    started = time.perf_counter()
    for _ in range(SIGNATURES):
        key.sign(blinded)
    return SIGNATURES / (time.perf_counter() - started)


def taken(opened: waves.Opened, submissions: list[bytes]) -> float:
    """Submissions a second, durable."""
    with collecting.collecting(opened) as collector:
        started = time.perf_counter()
        for at in range(0, len(submissions), BATCH):
            for data in submissions[at : at + BATCH]:
                collector.take(data)
            collector.flush("2026-01-21")
        return len(submissions) / (time.perf_counter() - started)


def over_http(folder: Path, submissions: list[bytes]) -> float:
    """Submissions a second, each acknowledged by a portal in another process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, str(Path(__file__).with_name("survey_portal.py")), str(folder), str(port)]
    portal = subprocess.Popen(words)
    host = f"portal.localhost:{port}"
    headers = {"host": host, "origin": f"http://{host}", "content-type": "application/json"}
    waiting, refused = queue.SimpleQueue[bytes](), queue.SimpleQueue[int]()
    for data in submissions:
        waiting.put(data)

    def browser() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with contextlib.suppress(queue.Empty):
            while True:
                connection.request("POST", "/s/site", waiting.get_nowait(), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != HTTPStatus.NO_CONTENT:
                    refused.put(answer.status)
        connection.close()

    try:
        _answers(port, host)
        browsers = [threading.Thread(target=browser) for _ in range(BROWSERS)]
        started = time.perf_counter()
        for one in browsers:
            one.start()
        for one in browsers:
            one.join()
        seconds = time.perf_counter() - started
    finally:
        portal.kill()
        portal.wait()
    if not refused.empty():
        raise SystemExit(f"a submission was answered with {refused.get()}")
    return len(submissions) / seconds


def batches(folder: Path, key: rsa.RSAPrivateKey) -> tuple[float, float]:
    """Milliseconds of a batch, from its first submission to the disk, into an empty day and into a full one."""
    opened = begun(folder, IssuingKey(key).public)
    first = _batch(opened, sent(opened, key, BATCH))
    with collecting.collecting(opened) as collector:
        row = responses.whole(opened.folder / waves.ANSWERS / "2026-01-21.web", 1 + len(opened.instrument.items))[1]
        for _ in range(FULL_DAY):
            collector.add(Way.WEB, row[: 1 + len(opened.instrument.items)], secrets.token_bytes(responses.SPENT))
        collector.flush("2026-01-21")
    return first, statistics.median(_batch(opened, sent(opened, key, BATCH)) for _ in range(9))


def _batch(opened: waves.Opened, submissions: list[bytes]) -> float:
    started = time.perf_counter()
    with collecting.collecting(opened) as collector:
        for data in submissions:
            collector.take(data)
        collector.flush("2026-01-21")
    return 1000 * (time.perf_counter() - started)


def _say(what: str) -> None:
    print(f"survey: {what} …", file=sys.stderr, flush=True)


def _answers(port: int, host: str) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/en/surveys/site", headers={"host": host})
            if connection.getresponse().status == HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise SystemExit("the portal does not answer")


def appended(folder: Path, submissions: list[bytes]) -> float:
    """The baseline's submissions a second."""
    journal = Journal(folder / "plain")
    started = time.perf_counter()
    for at in range(0, len(submissions), BATCH):
        journal.append_many([json.dumps(json.loads(data)).encode() for data in submissions[at : at + BATCH]])
    seconds = time.perf_counter() - started
    journal.close()
    return len(submissions) / seconds


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--submissions", type=int, default=2000)
    parser.add_argument("--part", choices=["analysed", "plain"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps({"analysed": analysed, "plain": plain}[chosen.part](chosen.folder)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder, private = Path(name), rsa.generate_private_key(blind.EXPONENT, blind.BITS)
        key = IssuingKey(private)
        opened = begun(folder, key.public)
        _say(f"drawing {chosen.people:,} people's answers")
        filled(opened, chosen.people)
        _say("analysing them, and the baseline")
        ours, theirs = alone("analysed", folder), alone("plain", folder)
        _say(f"{chosen.submissions:,} submissions over HTTP, as many at the store, and the baseline")
        browsers = sent(opened, private, 2 * chosen.submissions)
        rate = over_http(folder, browsers[: chosen.submissions])
        at_store = taken(opened, browsers[chosen.submissions :])
        bare = appended(folder, browsers[chosen.submissions :])
    with tempfile.TemporaryDirectory() as name:
        _say(f"batches of {BATCH} into a day of {FULL_DAY:,}")
        empty, full = batches(Path(name), private)
    told: dict[str, Any] = {
        "million_answers_seconds": round(ours["seconds"] * 1_000_000 / chosen.people, 2),
        "submissions_per_second": round(rate),
        "peak_rss_mb": round(ours["mb"]),
        "people": chosen.people,
        "submissions": "over HTTP, each durable before it is acknowledged",
        "at_store_per_second": round(at_store),
        "issued_per_second": round(issued(key)),
        "batch_into_full_day_ms": round(full),
        "baseline": {
            "plain_means_seconds": round(theirs["seconds"] * 1_000_000 / chosen.people, 2),
            "plain_peak_rss_mb": round(theirs["mb"]),
            "plain_form_per_second": round(bare),
            "batch_into_empty_day_ms": round(empty),
        },
        "ratio_to_plain_means": round(ours["seconds"] / theirs["seconds"], 1),
        "ratio_to_plain_form": round(rate / bare, 3),
    }
    if chosen.json:
        print(json.dumps(told))
    else:
        for what, value in told.items():
            print(f"{what:26} {value if isinstance(value, str | int | float) else json.dumps(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
