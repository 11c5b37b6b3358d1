"""Settings come from one file and the environment, and nothing misspelled is silently nothing."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from countenance import settings
from countenance.errors import Malformed
from countenance.zones.repository.configuration import RepositorySettings


@dataclass(frozen=True, slots=True)
class Section:
    name: str = "x"
    count: int = 3
    share: float = 0.5
    loud: bool = False


def read(tmp_path: Path, text: str = "", **environment: str) -> Section:
    if text:
        (tmp_path / settings.FILE).write_text(text)
    return settings.section(Section, "zone", tmp_path, environment)


def test_defaults_file_and_environment_in_this_order(tmp_path: Path) -> None:
    assert read(tmp_path) == Section()
    text = '[zone]\nname = "file"\ncount = 4\nshare = 1\n[other]\nname = 5\n'
    assert read(tmp_path, text) == Section("file", 4, 1.0)
    found = read(tmp_path, text, COUNTENANCE_ZONE_COUNT="5", COUNTENANCE_ZONE_LOUD="yes", COUNTENANCE_DIR="elsewhere")
    assert found == Section("file", 5, 1.0, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[zone]\nnmae = 1\n", "nmae"),
        ("[zone]\ncount = true\n", "count"),
        ('[zone]\ncount = "4"\n', "count"),
        ("[zone\n", "TOML"),
        ("zone = 1\n", "zone"),
    ],
)
def test_what_is_no_setting_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize(("variable", "text"), [("COUNT", "many"), ("LOUD", "perhaps"), ("NOTHING", "1")])
def test_variables_that_fit_nothing_are_refused_by_name(tmp_path: Path, variable: str, text: str) -> None:
    with pytest.raises(Malformed, match=variable):
        read(tmp_path, **{f"COUNTENANCE_ZONE_{variable}": text})


def test_every_setting_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text()
    for field in fields(RepositorySettings):
        assert f"| `{field.name}` |" in page
        assert f"`{field.default}`" in page or f'`"{field.default}"`' in page
