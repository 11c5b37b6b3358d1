"""note, cosignature, proof_text: what others published reads and verifies; what is not so is refused."""

import base64

import pytest

from countenance.crypto.sign import SigningKey
from countenance.crypto.verify import verify
from countenance.errors import Malformed, Tampered
from countenance.log import note as notes
from countenance.log import proof_text
from countenance.log.checkpoint import read_note, write_note
from countenance.log.cosignature import cosign, joined, of_witness
from countenance.vocabulary.entries import Proof

# C2SP signed-note, its example key and note.
VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# transparency-dev/formats, note/note_cosigv1_test.go: keys of both types.
KEYS = [
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
]
# C2SP tlog-cosignature, its example: no key is given there, but the time is.
COSIGNED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZ"
    "qhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
LOG, WITNESS = SigningKey.from_bytes(bytes(range(32))), SigningKey.from_bytes(bytes(32))
HEAD = write_note("example.com/log", 7, bytes(range(32)), LOG)


def test_the_specifications_example_verifies() -> None:
    key = notes.verifier_key(VKEY)
    body, lines = notes.split(NOTE)
    ((name, number, signature),) = notes.signatures(lines)
    assert (name, number) == (key.name, notes.key_id(key.name, key.kind, key.public))
    verify(key.public, body.encode(), signature)
    with pytest.raises(Tampered):
        verify(key.public, b"another message.\n", signature)


@pytest.mark.parametrize("text", [VKEY, *KEYS])
def test_published_keys_read_and_write(text: str) -> None:
    assert str(notes.verifier_key(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        VKEY.replace("530d903a", "00000000"),
        VKEY.replace("530d903a", "NOT_A_NUMBER"),
        "two words" + VKEY.removeprefix("example.com/foo"),
        "",
    ],
)
def test_wrong_keys_are_refused(text: str) -> None:
    """The first three are transparency-dev/formats', as are the kinds of the next two."""
    with pytest.raises(Malformed):
        notes.verifier_key(text)


def test_the_specifications_cosignature_has_its_time() -> None:
    _, (name, number, signature) = notes.signatures(notes.split(COSIGNED)[1])
    assert (name, number.hex()) == ("witness.example.com/w1", "8d66cf3f")
    assert int.from_bytes(signature[:8]) == 1679315147
    assert len(signature) == 72


def test_a_cosignature_round_trips_beside_the_logs_own() -> None:
    text = joined(HEAD, [cosign(HEAD, "w.example", WITNESS, 1679315147)])
    found = of_witness(text, "w.example", WITNESS.public)
    assert found is not None
    assert found.made == 1679315147000
    assert read_note(text, "example.com/log", LOG.public).size == 7
    body = HEAD.partition("\n\n")[0]
    signed = f"cosignature/v1\ntime 1679315147\n{body}\n".encode()
    (_, line) = notes.signatures(notes.split(text)[1])
    verify(WITNESS.public, signed, line[2][8:])
    assert of_witness(text, "w.example", LOG.public) is None
    assert of_witness(text, "another", WITNESS.public) is None


def test_an_altered_cosignature_is_tampered() -> None:
    line = cosign(HEAD, "w.example", WITNESS, 5)
    other = write_note("example.com/log", 8, bytes(range(32)), LOG)
    data = bytearray(base64.b64decode(line.split()[2]))
    for text in (
        joined(other, [line]),
        *(joined(HEAD, [f"— w.example {base64.b64encode(flipped(data, at)).decode()}\n"]) for at in (4, 11, 12, 75)),
        joined(HEAD, [f"— w.example {base64.b64encode(data[:-1]).decode()}\n"]),
        joined(HEAD, [f"— w.example {base64.b64encode(bytes(data[:4]) + bytes([255]) * 72).decode()}\n"]),
    ):
        with pytest.raises(Tampered):
            of_witness(text, "w.example", WITNESS.public)


def flipped(data: bytearray, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def test_a_proof_as_text() -> None:
    for proof in (Proof(0, (), HEAD), Proof(73894, (bytes(32), bytes(range(32))), COSIGNED)):
        text = proof_text.write(proof)
        assert text.startswith("c2sp.org/tlog-proof@v1\nindex ")
        assert proof_text.read(text) == proof
        assert proof_text.read(text.replace("@v1\n", "@v1\nextra AAEC\n", 1)) == proof


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("index 5", "index 05"),
        ("index 5", "number 5"),
        ("index 5", "index -5"),
        ("AAAA=\n\n", "AAAA=\n"),
        ("AAAA=\n\n", "AA==\n\n"),
        ("index 5", "extra !\nindex 5"),
    ],
)
def test_what_is_no_proof(old: str, new: str) -> None:
    text = proof_text.write(Proof(5, (bytes(32),), "checkpoint\n"))
    assert old in text
    with pytest.raises(Malformed):
        proof_text.read(text.replace(old, new, 1))
