"""The gate: how long a decision takes, what fits in a code, whom it captures, how often 1:1 and a gallery are wrong.

    python benchmarks/gate.py [--faces DIR] [--kept DIR] [--rounds N] [--frames N] [--json]

DIR holds `lfw-10x10` (10 people, 10 photos of 250 x 250 each), `lfw-aligned` (a folder a person, 112 x 112) and
`lfw-pairs-dev.txt`; ../shared/faces by default, whose README has the licences. All figures on people are development
figures: the 1:1 threshold was set on the same set. `--kept DIR` keeps the templates between runs.

* decision_ms: from a JPEG frame of a kiosk's camera to the durable answer, one thread, against detection and extraction
  of the same frame alone, in turn. No head turn is asked in it.
* people_per_minute: `countenance gate simulate` with the FNMR measured here; what people take for their part is
  assumed.
* tpir_420: galleries of 420 people, drawn again and again, each enrolled with the mean of all photos but one, searched
  for with that one and with one photo of everybody else; the threshold is that of an FPIR of 0.1 % over all draws.
* non_participants: people pasted beside the marked zone, some reaching into it. Captured: extracted, or still found by
  the detector, at its covering threshold, in the frame that extraction sees.
"""

import argparse
import contextlib
import io
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
import segno
from numpy.typing import NDArray

from countenance import faces
from countenance.crypto.sign import SigningKey
from countenance.evaluation import rates
from countenance.faces.comparison import VERIFICATION_THRESHOLD as SAME
from countenance.faces.extractor import values
from countenance.formats import base45
from countenance.gates import coding, looking, simulating, zone
from countenance.gates.deciding import Gate, House
from countenance.gates.enrolling import Enrolment
from countenance.gates.flights import Clock, Flights
from countenance.vocabulary.faces import Face, Template
from countenance.vocabulary.gates import Checked, Flight

FACES = Path(__file__).resolve().parents[2] / "shared" / "faces"
FLIGHT = Flight("AC", "834", 226, "YUL", "FRA")
PASS = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 226F001A{:04} 100"
SIZE = (640, 480)
GALLERY, DRAWS, FPIR = 420, 50, 0.001
STOLEN = 10_000
Matrix = NDArray[np.float32]


def now() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def passed() -> int:
    """Milliseconds that count sleep and never go back."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def pasted(frame: NDArray[np.uint8], photo: faces.Image, left: int, top: int, side: int) -> None:
    """Put a photo into a frame, cut at its borders."""
    small = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
    x, y = max(left, 0), max(top, 0)
    part = small[y - top : frame.shape[0] - top, x - left : frame.shape[1] - left]
    frame[y : y + part.shape[0], x : x + part.shape[1]] = part


def hall(random: np.random.Generator) -> NDArray[np.uint8]:
    """A dull background with noise."""
    plain = np.full((SIZE[1], SIZE[0], 3), random.integers(60, 180), np.int16)
    return np.clip(plain + random.normal(0, 6, plain.shape), 0, 255).astype(np.uint8)


def frames(people: list[list[faces.Image]], random: np.random.Generator) -> list[tuple[int, bytes]]:
    """Whose photo, and a JPEG frame with it in the zone; four of each person."""
    made = []
    for who, photos in enumerate(people):
        for photo in photos[1:5]:
            frame = hall(random)
            pasted(frame, photo, 150, 60, 340)
            data = io.BytesIO()
            PIL.Image.fromarray(frame).save(data, "JPEG", quality=90)
            made.append((who, data.getvalue()))
    return made


def decisions(engine: faces.Engine, people: list[list[faces.Image]], rounds: int) -> dict[str, Any]:
    """Times of decisions and of detection and extraction alone, in turn; and the size of a code."""
    random = np.random.default_rng(8)
    signing, clock = SigningKey.generate(), Clock(now, passed)
    with tempfile.TemporaryDirectory() as folder:
        flights = Flights(Path(folder), "gate-a", clock)
        flights.begin(FLIGHT, now() + 3_600_000)
        house = House("gate-a", FLIGHT, [signing.public], frozenset(), engine.extractor.digest, SAME)
        gate = Gate(house, flights, clock)
        enrolment = Enrolment(FLIGHT, signing, same=SAME, ends=flights.ends(str(FLIGHT)))
        references = [engine.extract(photos[0], max(engine.detect(photos[0]), key=area)) for photos in people]
        ours, alone, through, shown = [], [], 0, frames(people, random)
        code = b""
        for number in range(rounds * len(shown)):
            who, data = shown[number % len(shown)]
            key, ticket = flights.key(str(FLIGHT)), PASS.format(number)
            code = enrolment.token(key, ticket, Checked.CHIP, references[who], [references[who]], now())
            begun = time.perf_counter()
            answered = gate.decide(ticket, code, lambda data=data: looking.look(engine, faces.load(data)))
            ours.append(time.perf_counter() - begun)
            through += not answered.decision.reasons
            picture = faces.load(data)
            begun = time.perf_counter()
            engine.extract(picture, max(engine.subjects(picture), key=area))
            alone.append(time.perf_counter() - begun)
        flights.end(str(FLIGHT))
    letters = base45.write(code)
    symbol = segno.make_qr(letters, error="m", boost_error=False)
    return {
        "decision_ms": {"median": ms(statistics.median(ours)), "p95": ms(float(np.percentile(ours, 95)))},
        "detect_extract_ms": ms(statistics.median(alone)),
        "vs_detect_extract": round(statistics.median(ours) / statistics.median(alone), 3),
        "passed_share": round(through / len(ours), 3),
        "token_bytes": len(code),
        # Mode, count and two letters in eleven bits (ISO/IEC 18004, 7.4.4): what the code's own data comes to.
        "qr_bytes": -(-(4 + 11 + 11 * (len(letters) // 2) + 6 * (len(letters) % 2)) // 8),
        "qr_version": f"{symbol.version}-{symbol.error}",
    }


def ms(seconds: float) -> float:
    """Milliseconds, to a tenth."""
    return round(1000 * seconds, 1)


def area(face: Face) -> float:
    """How large a face is."""
    return face.box.area


def bystanders(engine: faces.Engine, people: list[list[faces.Image]], count: int) -> dict[str, Any]:
    """How many of those beside the zone were captured, of how many the detector could see before; with a bound."""
    random = np.random.default_rng(88)
    place = zone.MIDDLE.box(*SIZE)
    captured = extracted = presented = participants = templates = 0
    for _ in range(count):
        frame, others = hall(random), list(random.permutation(len(people)))
        here = bool(random.random() < 0.7)
        first = others.pop()
        rectangles = []
        for who in others[: random.integers(1, 4)]:
            side = int(random.integers(90, 260))
            # Up to a quarter of the photo reaches into the zone; faces are in the middle half of a photo.
            reach = int(random.integers(0, side // 4))
            left = int(place.x) - side + reach if random.random() < 0.5 else int(place.x + place.width) - reach
            top = int(random.integers(0, SIZE[1] - side))
            pasted(frame, people[who][random.integers(10)], left, top, side)
            rectangles.append((left, top, side))
        # Who presents themselves stands in front of everybody.
        if here:
            pasted(frame, people[first][random.integers(10)], 170, 60, 300)
        seen = engine.detect(frame, threshold=zone.COVER)
        inside = zone.cut(frame, zone.MIDDLE)
        parted = zone.parted(engine.subjects(inside, threshold=zone.COVER), inside.shape[1], inside.shape[0])
        rest = engine.detect(zone.covered(inside, parted.bystanders), threshold=zone.COVER)
        template = looking.look(engine, frame)
        visible = sum(any(_within(face, one) for face in seen) for one in rectangles)
        shifted = [(left - int(place.x), top - int(place.y), side) for left, top, side in rectangles]
        left_open = sum(any(_within(face, one) for face in rest) for one in shifted)
        taken = isinstance(template, Template)
        presented += visible
        captured += max(left_open, int(taken and not here))
        extracted += int(taken and not here)
        participants += here
        templates += int(taken and here)
    bound = rates.wilson(min(captured, presented), presented)
    return {
        "captured": captured,
        "presented": presented,
        "high": round(bound.high, 5),
        "extracted": extracted,
        "participants": participants,
        "participants_extracted": templates,
    }


def _within(face: Face, rectangle: tuple[int, int, int]) -> bool:
    left, top, side = rectangle
    x, y = face.box.x + face.box.width / 2, face.box.y + face.box.height / 2
    # The middle of a face lies in the middle of its photo; the participant's covers whatever is under it.
    return left + side / 4 <= x <= left + 3 * side / 4 and top + side / 4 <= y <= top + 3 * side / 4


def templates(engine: faces.Engine, folder: Path, kept: Path | None) -> tuple[list[Path], Matrix]:
    """All aligned photos and their templates; from `kept`, where they are there."""
    paths = sorted((folder / "lfw-aligned").glob("*/*.jpg"))
    file = kept / "photos.npy" if kept else None
    if file is not None and file.exists() and len(np.load(file)) == len(paths):
        return paths, np.load(file)
    made = np.array([values(engine.extractor.extract(faces.load(path))) for path in paths])
    if file is not None:
        np.save(file, made)
    return paths, made


def coded(matrix: Matrix) -> Matrix:
    """Each template as it comes back out of a token."""
    zero = bytes(32)
    rows = [values(coding.decode(coding.encode(Template(zero, row.astype("<f4").tobytes())), zero)) for row in matrix]
    return np.array(rows, np.float32)


def one_to_one(folder: Path, paths: list[Path], matrix: Matrix) -> dict[str, Any]:
    """Official pairs with a float and an int8 reference; and what a thief of tokens gets."""
    places = {(path.parent.name, int(path.stem[-4:])): number for number, path in enumerate(paths)}
    short, mated, other = coded(matrix), [], []
    for line in (folder / "lfw-pairs-dev.txt").read_text(encoding="utf-8").splitlines():
        words = line.split()
        if len(words) not in (3, 4):
            continue
        pair = (words[0], int(words[1])), (words[-2] if len(words) == 4 else words[0], int(words[-1]))
        if pair[0] in places and pair[1] in places:
            (mated if len(words) == 3 else other).append((places[pair[0]], places[pair[1]]))
    same, differ = np.array(mated), np.array(other)
    told: dict[str, Any] = {"mated_pairs": len(same), "non_mated_pairs": len(differ), "threshold": SAME}
    for name, references in (("float", matrix), ("int8", short)):
        score = np.einsum("ij,ij->i", references[same[:, 0]], matrix[same[:, 1]])
        wrong = np.einsum("ij,ij->i", references[differ[:, 0]], matrix[differ[:, 1]])
        missed = rates.wilson(float((score < SAME).sum()), len(score))
        told[name] = {
            "fnmr": round(missed.value, 4),
            "fnmr_high": round(missed.high, 4),
            "false_matches": int((wrong >= SAME).sum()),
        }
    both = np.concatenate([same, differ])
    gap = np.einsum("ij,ij->i", short[both[:, 0]] - matrix[both[:, 0]], matrix[both[:, 1]])
    told["largest_difference_of_scores"] = round(float(np.abs(gap).max()), 5)
    return {**told, **stolen(paths, short, matrix)}


def stolen(paths: list[Path], short: Matrix, matrix: Matrix) -> dict[str, Any]:
    """Of everybody's first photo as a token, how many open for somebody else's face."""
    names = [path.parent.name for path in paths]
    first = np.array([number for number, name in enumerate(names) if number == 0 or names[number - 1] != name])
    open_for = short[first] @ matrix[first].T >= SAME
    np.fill_diagonal(open_for, val=False)
    people = len(first)
    fmr = float(open_for.sum()) / (people * (people - 1))
    return {
        "people": people,
        "fmr": fmr,
        "lookalike_among_all": round(float(open_for.any(axis=0).mean()), 4),
        "tokens_of_10000_that_open_for_a_thief": round(STOLEN * fmr, 2),
        "thieves_of_10000_tokens_with_one_that_opens": round(1 - (1 - fmr) ** STOLEN, 3),
    }


def galleries(paths: list[Path], matrix: Matrix) -> dict[str, Any]:
    """TPIR of galleries of 420 at an FPIR of 0.1 %, with all shots but one, and with one shot, enrolled."""
    random, by_name = np.random.default_rng(420), dict[str, list[int]]()
    for number, path in enumerate(paths):
        by_name.setdefault(path.parent.name, []).append(number)
    several = [rows for rows in by_name.values() if len(rows) > 1]
    told: dict[str, Any] = {"people_with_several": len(several), "people": len(by_name)}
    size = min(GALLERY, len(several))
    for name, most in (("several", None), ("one", 1)):
        mated, first, strangers = [], [], []
        for _ in range(DRAWS):
            chosen = random.permutation(len(several))[:size]
            taken = [list(random.permutation(several[one])) for one in chosen]
            shots = [rows[1:][:most] for rows in taken]
            mean = np.array([matrix[rows].sum(axis=0) for rows in shots])
            gallery = coded((mean / np.linalg.norm(mean, axis=1, keepdims=True)).astype(np.float32))
            inside = {paths[rows[0]].parent.name for rows in taken}
            outside = [rows[int(random.integers(len(rows)))] for who, rows in by_name.items() if who not in inside]
            scores = matrix[[rows[0] for rows in taken]] @ gallery.T
            mated += list(scores.max(axis=1))
            first += list(scores.argmax(axis=1) == np.arange(size))
            strangers += list((matrix[outside] @ gallery.T).max(axis=1))
        threshold = float(np.sort(strangers)[-(int(FPIR * len(strangers)) + 1)]) + 1e-6
        found = (np.array(mated) >= threshold) & np.array(first)
        told[name] = {
            "tpir": round(float(found.mean()), 4),
            "threshold": round(threshold, 3),
            "shots": round(float(np.mean([len(rows) - 1 for rows in several])), 2) if most is None else 1,
        }
    return told


@contextlib.contextmanager
def single() -> Iterator[None]:
    """One thread for OpenCV; the engine has one by itself."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--faces", type=Path, default=FACES)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=1500)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if not (chosen.faces / "lfw-10x10").is_dir():
        parser.error(f"{chosen.faces} has no faces: name a folder with --faces, laid out as this file's beginning says")
    engine = faces.Engine()
    people = [
        [faces.load(path) for path in sorted(folder.glob("*.jpg"))[:10]]
        for folder in sorted((chosen.faces / "lfw-10x10").iterdir())
        if folder.is_dir()
    ]
    with single():
        figures = decisions(engine, people, chosen.rounds)
        beside = bystanders(engine, people, chosen.frames)
    paths, matrix = templates(engine, chosen.faces, chosen.kept)
    verified, found = one_to_one(chosen.faces, paths, matrix), galleries(paths, matrix)
    plan = replace(simulating.Plan(), fnmr=verified["int8"]["fnmr"])
    boarding = simulating.board(plan)
    figures |= {
        "people_per_minute": round(boarding.per_minute, 2),
        "tpir_420_at_fpir_0001": found["several"]["tpir"],
        "non_participants": beside,
        "one_to_one": verified,
        "gallery": found,
    }
    if chosen.json:
        print(json.dumps(figures))
        return 0
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):24} {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
