"""Files that are the same for everybody: the vendored ones are those that were taken over, with their licences."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from countenance.errors import Malformed, Tampered
from countenance.web.kit import assets

VENDOR = Path(str(resources.files("countenance.web.kit") / "vendor"))


def test_every_vendored_file_is_listed_and_has_its_licence() -> None:
    listed = {line.partition("  ")[2] for line in (VENDOR / "SHA256SUMS").read_text().splitlines()}
    for folder in (one for one in VENDOR.iterdir() if one.is_dir()):
        assert (folder / "LICENSE").read_text().strip()
        files = {str(one.relative_to(VENDOR)) for one in folder.iterdir() if one.name != "LICENSE"}
        assert files
        assert files <= listed
    assert set(assets._vendored(VENDOR)) == {path.rpartition("/")[2] for path in listed}


@pytest.mark.parametrize("name", ["qrcode.js", "htmx.min.js"])
def test_a_vendored_file_that_was_changed_is_served_to_nobody(tmp_path: Path, name: str) -> None:
    copied = Path(shutil.copytree(VENDOR, tmp_path / "vendor"))
    with next(copied.rglob(name)).open("a") as file:
        file.write(" ")
    with pytest.raises(Tampered, match=name):
        assets._vendored(copied)


def test_what_is_no_file_of_ours_is_not_there() -> None:
    served = assets.Assets("countenance.web.portal")
    assert served.file("/kit/vendor/qrcode.js").status_code == 200
    for path in ("/kit/vendor/LICENSE", "/kit/vendor/../kiosks.py", "/static/../application.py", "/kit/nothing.js"):
        with pytest.raises(Malformed):
            served.file(path)
