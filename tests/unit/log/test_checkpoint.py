"""checkpoint: the note others can read, one spelling, our key and our origin only."""

import base64

import pytest

from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Tampered
from countenance.log.checkpoint import parsed, read_note, write_note

KEY = SigningKey.from_bytes(bytes(range(32)))
ROOT = bytes(range(32))
NOTE = write_note("example.com/log", 7, ROOT, KEY)


def test_round_trip_and_form() -> None:
    head = read_note(NOTE, "example.com/log", KEY.public)
    assert (head.origin, head.size, head.root, head.note) == ("example.com/log", 7, ROOT, NOTE)
    assert NOTE.startswith(f"example.com/log\n7\n{base64.b64encode(ROOT).decode()}\n\n— example.com/log ")
    assert NOTE.endswith("\n")


def test_a_note_of_the_specification() -> None:
    """The example in C2SP tlog-checkpoint, body only: its key is not given there."""
    text = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    assert parsed(text).size == 20852163
    with pytest.raises(Tampered):
        read_note(text, "example.com/behind-the-sofa", KEY.public)


def test_witnesses_signatures_are_passed_over() -> None:
    witness = SigningKey.generate()
    line = write_note("witness.example", 7, ROOT, witness).splitlines()[-1]
    same_name = write_note("example.com/log", 7, ROOT, witness).splitlines()[-1]
    for more in (f"{NOTE}{line}\n", f"{NOTE}{same_name}\n", NOTE.replace("\n\n", f"\n\n{line}\n")):
        assert read_note(more, "example.com/log", KEY.public).size == 7
    alone = NOTE.rpartition("\n\n")[0] + f"\n\n{line}\n"
    with pytest.raises(Tampered, match="not signed"):
        read_note(alone, "example.com/log", KEY.public)


def test_another_log_key_size_or_root_is_tampered() -> None:
    other = write_note("example.com/log", 8, ROOT, KEY).splitlines()[-1]
    wrong = [
        NOTE.replace("\n7\n", "\n8\n"),
        NOTE.replace("AAEC", "AAED"),
        NOTE.replace("example.com/log", "example.com/lug"),
        NOTE.rpartition("\n\n")[0] + f"\n\n{other}\n",
    ]
    for note in wrong:
        with pytest.raises(Tampered):
            read_note(note, "example.com/log", KEY.public)
    with pytest.raises(Tampered):
        read_note(NOTE, "example.com/log", SigningKey.generate().public)
    with pytest.raises(Tampered):
        read_note(NOTE, "other", KEY.public)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        NOTE.rstrip("\n"),
        NOTE.replace("\n7\n", "\n07\n"),
        NOTE.replace("\n7\n", "\n-7\n"),
        NOTE.replace("\n7\n", f"\n{'7' * 5000}\n"),
        NOTE.replace("\n7\n", "\n٧\n"),
        NOTE.replace("=\n\n", "=\nextension\n\n", 1),
        NOTE.replace("=\n\n", "=\n"),
        NOTE.replace("=\n\n", "\n\n", 1),
        NOTE.replace("AAEC", "AAE"),
        NOTE.replace("AAEC", "AA\tC"),
        NOTE.replace("— ", "- "),
        NOTE + "junk\n",
        NOTE + "— name not*base64\n",
        NOTE + "x" * 70_000,
    ],
)
def test_what_is_no_note_is_malformed(note: str) -> None:
    with pytest.raises(Malformed):
        read_note(note, "example.com/log", KEY.public)


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nline", "tab\t"])
def test_origins_that_cannot_be(origin: str) -> None:
    with pytest.raises(Malformed):
        write_note(origin, 0, ROOT, KEY)
