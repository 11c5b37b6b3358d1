import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from countenance import faces
from countenance.cli.main import run
from countenance.errors import Malformed
from countenance.evaluation import trials
from countenance.evaluation.manifest import Row
from countenance.faces import written
from countenance.formats import canonical
from countenance.vocabulary.evaluation import Acquired, Failure, Lost

NAMES = ("one.png", "一.png", "two.png", "smaller.png", "again.png", "both.png", "wall.png", "broken.png", "no.png")


def rows(*names: str, aligned: bool | None = None) -> list[Row]:
    return [Row(name, name, aligned, ()) for name in names]


@pytest.mark.parametrize("processes", [1, 2])
def test_every_image_is_acquired_or_lost_with_its_reason(folder: Path, processes: int) -> None:
    found = trials.extract(rows(*NAMES) * 3, folder, processes=processes)
    assert [one.row for one in found] == list(range(len(NAMES) * 3))
    why = [one.why if isinstance(one, Lost) else None for one in found[: len(NAMES)]]
    assert why == [
        None,
        None,
        None,
        None,
        Failure.TWICE,
        Failure.SEVERAL,
        Failure.NO_FACE,
        Failure.DAMAGED,
        Failure.MISSING,
    ]
    assert all(isinstance(one, Lost) for one in found[len(NAMES) :])


def test_two_pictures_of_one_person_score_above_two_people(folder: Path) -> None:
    found = trials.extract(rows("two.png", "smaller.png", "one.png"), folder)
    two, smaller, one = (np.frombuffer(each.values, "<f4") for each in found if isinstance(each, Acquired))
    assert two @ smaller > 0.8
    assert two @ one < 0.4


def test_an_image_of_the_extractors_size_is_used_as_it_is(folder: Path) -> None:
    (taken,) = trials.extract(rows("sample.png"), folder)
    (whole,) = trials.extract(rows("one.png"), folder)
    assert isinstance(taken, Acquired)
    assert isinstance(whole, Acquired)
    assert taken.aligned
    assert not whole.aligned
    assert np.frombuffer(taken.values, "<f4") @ np.frombuffer(whole.values, "<f4") > 0.999
    assert 0 <= taken.quality <= 100


def test_a_row_may_say_that_it_is_not_aligned_and_may_not_say_that_it_is(folder: Path) -> None:
    (found,) = trials.extract(rows("sample.png", aligned=False), folder)
    assert isinstance(found, Lost) or not found.aligned
    assert trials.extract(rows("one.png", aligned=True), folder) == [Lost(0, Failure.SIZE)]


def test_templates_are_read_where_they_were_written(folder: Path, tmp_path: Path) -> None:
    assert run(["faces", "extract", str(folder / "one.png"), "--out", str(tmp_path / "t.json")]) == 0
    (tmp_path / "rubbish.json").write_text("{}")
    found = trials.extract(rows("t.json", "rubbish.json"), tmp_path)
    (picture,) = trials.extract(rows("one.png"), folder)
    assert isinstance(found[0], Acquired)
    assert isinstance(picture, Acquired)
    assert found[0].values == picture.values
    assert found[0].quality == -1
    assert found[1] == Lost(1, Failure.DAMAGED)


def test_kept_templates_are_used_again_and_are_the_owners_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept.npz"
    first = trials.extract(rows("one.png", "two.png"), folder, kept=kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.setattr(trials.faces, "Engine", None)
    again = trials.extract(rows("two.png", "one.png"), folder, kept=kept)
    assert {one.values for one in first if isinstance(one, Acquired)} == {
        one.values for one in again if isinstance(one, Acquired)
    }


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04rubbish"])
def test_a_file_that_holds_no_templates_is_refused(folder: Path, tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "kept.npz"
    kept.write_bytes(content)
    with pytest.raises(Malformed, match="no templates of an earlier run"):
        trials.extract(rows("one.png"), folder, kept=kept)
    assert kept.read_bytes() == content


def test_templates_of_other_models_or_another_release_are_not_used(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.npz"
    np.savez(kept, makers=np.zeros(32, np.uint8))
    with pytest.raises(Malformed, match="other model cards"):
        trials.extract(rows("one.png"), folder, kept=kept)
    kept.unlink()
    trials.extract(rows("one.png"), folder, kept=kept)
    built_in = faces.built_in("yunet")
    assert isinstance(built_in, faces.DetectorCard)
    with pytest.raises(Malformed, match="other model cards"):
        trials.extract(rows("one.png"), folder, (replace(built_in, largest=built_in.largest // 2),), kept=kept)


def test_representations_show_no_template(folder: Path) -> None:
    (found,) = trials.extract(rows("one.png"), folder)
    assert repr(found) == "Acquired(row=0)"


def test_devices_pipes_and_folders_are_missing_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    found = trials.extract(rows("pipe.png", "folder.png", "zero.png"), tmp_path)
    assert [one.why for one in found if isinstance(one, Lost)] == [Failure.MISSING] * 3


def test_templates_of_a_run_that_was_stopped_are_kept(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.npz"

    def stop(_images: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trials.extract(rows("one.png") + rows("two.png") * 20, folder, kept=kept, progress=stop)
    assert kept.exists()


def test_a_template_of_another_extractor_or_length_is_counted_out(tmp_path: Path) -> None:
    digest = trials.extractor(()).digest
    kinds = {"other": (bytes(32), 128), "short": (digest, 64)}
    for name, (extractor, dimension) in kinds.items():
        values = np.zeros(dimension, "<f4")
        values[0] = 1
        made = faces.Template(extractor, values.tobytes())
        (tmp_path / f"{name}.json").write_bytes(canonical.write(written.plain(made)))
    found = trials.extract(rows("other.json", "short.json"), tmp_path)
    assert found == [Lost(0, Failure.OTHER), Lost(1, Failure.OTHER)]


def test_processes_end_with_the_one_that_started_them(folder: Path, tmp_path: Path) -> None:
    """Killed, it can tell them nothing; they hold templates of others."""
    program = (
        "import sys, multiprocessing; from pathlib import Path\n"
        "from countenance.evaluation import trials; from countenance.evaluation.manifest import Row\n"
        "def told(_):\n"
        "    print(*(one.pid for one in multiprocessing.active_children()), flush=True); sys.stdin.read()\n"
        "if __name__ == '__main__':\n"
        "    rows = [Row('one.png', 'one', None, ())] * 64\n"
        "    trials.extract(rows, Path(sys.argv[1]), processes=2, progress=told)\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    parent = subprocess.Popen(
        [sys.executable, str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    workers = [psutil.Process(int(word)) for word in parent.stdout.readline().split()]
    assert len(workers) == 2
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for one in alive:
        one.kill()
    parent.communicate()
    assert alive == []
