from dataclasses import replace
from pathlib import Path

import pytest

from countenance.errors import Malformed
from countenance.faces import card

EXTRACTOR = """
name = "tiny"
task = "extractor"
licence = "CC0-1.0"
source = "made in a test"
file = "tiny.onnx"
sha256 = "{digest}"
[input]
width = 112
height = 112
order = "RGB"
mean = [127.5, 127.5, 127.5]
std = [127.5, 127.5, 127.5]
[output]
dimension = 512
[alignment]
template = "arcface"
[thresholds]
verification = 0.3
""".format(digest="ab" * 32)


def test_built_in_cards_record_their_origin() -> None:
    yunet, sface = card.built_in("yunet"), card.built_in("sface")
    assert isinstance(yunet, card.DetectorCard)
    assert isinstance(sface, card.ExtractorCard)
    assert (yunet.licence, sface.licence) == ("MIT", "Apache-2.0")
    assert (sface.dimension, sface.verification, sface.pixels.order) == (128, 0.43, "RGB")
    assert sface.points == card.ARCFACE


def test_digest_of_the_built_in_extractor_is_stable() -> None:
    """Every stored template carries it: a change here makes all templates of a deployment incomparable."""
    sface = card.built_in("sface")
    assert isinstance(sface, card.ExtractorCard)
    assert sface.digest.hex() == "5bf80227ea9e64375e559e236b57439eced6d7e52998f0be08493bf815cf8cd8"


def test_own_card(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_text(EXTRACTOR)
    own = card.read(path)
    assert isinstance(own, card.ExtractorCard)
    assert own.file.path == tmp_path / "tiny.onnx"
    assert (own.dimension, own.pixels.std, own.verification) == (512, (127.5, 127.5, 127.5), 0.3)


def test_points_scale_with_the_sample() -> None:
    own = card.parse(EXTRACTOR.replace("width = 112", "width = 224").replace("height = 112", "height = 224"), Path())
    assert isinstance(own, card.ExtractorCard)
    assert own.points[0] == (76.5892, 103.3926)


def test_own_points() -> None:
    points = "points = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]"
    own = card.parse(EXTRACTOR.replace('template = "arcface"', points), Path())
    assert isinstance(own, card.ExtractorCard)
    assert own.points[4] == (9.0, 10.0)


def test_digest_changes_with_what_changes_templates_and_with_nothing_else() -> None:
    own = card.parse(EXTRACTOR, Path())
    assert isinstance(own, card.ExtractorCard)
    same = replace(own, name="other", licence="MIT", source="elsewhere", verification=0.9)
    assert same.digest == own.digest
    changed = [
        replace(own, file=replace(own.file, sha256="cd" * 32)),
        replace(own, pixels=replace(own.pixels, order="BGR")),
        replace(own, pixels=replace(own.pixels, mean=(0.0, 0.0, 0.0))),
        replace(own, pixels=replace(own.pixels, std=(128.0, 128.0, 128.0))),
        replace(own, width=96),
        replace(own, dimension=256),
        replace(own, points=own.points[::-1]),
    ]
    assert len({own.digest, *(other.digest for other in changed)}) == len(changed) + 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('task = "extractor"', ""),
        ('task = "extractor"', 'task = "oracle"'),
        ('name = "tiny"', ""),
        ('licence = "CC0-1.0"', "licence = 3"),
        ('file = "tiny.onnx"', ""),
        ("sha256", "sha1"),
        ("abab", "xyxy"),
        ("[output]", "[result]"),
        ("dimension = 512", "dimension = 0"),
        ("dimension = 512", "dimension = true"),
        ("dimension = 512", "dimension = 5120000"),
        ("width = 112", "width = 11.2"),
        ('order = "RGB"', 'order = "GBR"'),
        ("mean = [127.5, 127.5, 127.5]", "mean = [127.5]"),
        ("mean = [127.5, 127.5, 127.5]", "mean = [nan, 0.0, 0.0]"),
        ("std = [127.5, 127.5, 127.5]", "std = [127.5, 0.0, 127.5]"),
        ('template = "arcface"', ""),
        ('template = "arcface"', "points = [[1, 2]]"),
        ('template = "arcface"', "points = [[1], [2], [3], [4], [5]]"),
        ("verification = 0.3", "verification = 1.5"),
        ("verification = 0.3", "verification = '0.3'"),
        ('file = "tiny.onnx"', 'file = "tiny.onnx"\ndistribution = "tiny"'),
        ("[input]", "[input"),
    ],
)
def test_a_faulty_card_is_refused(old: str, new: str) -> None:
    assert old in EXTRACTOR
    with pytest.raises(Malformed, match="model card"):
        card.parse(EXTRACTOR.replace(old, new, 1), Path())


def test_detector_with_other_heads_is_refused() -> None:
    with pytest.raises(Malformed, match="yunet"):
        card.parse('task = "detector"\nheads = "ssd"\n[input]\n[thresholds]\n', Path())


def test_no_such_card(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        card.built_in("../card")
    with pytest.raises(Malformed, match="cannot be read"):
        card.read(tmp_path / "none.toml")


def test_the_card_of_a_deployment_lies_in_no_zones_folder(tmp_path: Path) -> None:
    """Edge and evidence process read it, and with accounts of their own neither can enter the other's folder."""
    assert card.place(tmp_path).parent == tmp_path
