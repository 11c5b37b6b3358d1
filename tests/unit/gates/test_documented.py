"""What the guide and the format say of the gate is what the code does."""

from pathlib import Path

from countenance.crypto import token
from countenance.formats import carried
from countenance.gates import coding, flights, lanes, rounds, shortlived
from countenance.vocabulary.gates import Carried, Outcome, Reason

DOCS = Path(__file__).resolve().parents[3] / "docs"


def test_every_reason_is_in_the_guide_and_there_is_no_third_outcome() -> None:
    guide = (DOCS / "guides" / "gate.md").read_text(encoding="utf-8")
    assert not [reason.value for reason in Reason if f"`{reason.value}`" not in guide]
    assert {outcome.value for outcome in Outcome} == {"pass", "officer"}


def test_limits_are_as_written() -> None:
    guide = (DOCS / "guides" / "gate.md").read_text(encoding="utf-8")
    written = (DOCS / "formats" / "gate.md").read_text(encoding="utf-8")
    assert f"at most {coding.MOST_COMPONENTS} components" in guide
    assert f"at most {flights.LONGEST // 3_600_000} hours" in guide
    assert shortlived.LONGEST == 12 * 3_600_000
    assert "never beyond 12 hours" in guide
    assert shortlived.USUAL == 30_000
    assert rounds.SYNC == 10_000
    assert (lanes.FEW, lanes.MOST_ALLOWED) == (5, 60_000)
    assert f"{token.OVERHEAD + 128} bytes in all; at most {token.MOST}" in written
    part, both = carried.write_part(bytes(32), "F"), carried.write(Carried(bytes(token.OVERHEAD + 128), bytes(32)))
    for kind, data, what in ((2, part, "the salt's first 4 bytes, the part"), (3, both, "the part, a token")):
        assert data[0] == kind
        assert f"| {kind} | {what} | {len(data)} |" in written
