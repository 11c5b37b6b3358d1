"""A register's folder: one changed byte anywhere is found; what is not its own is said so."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.log import counted, note
from countenance.log.checkpoint import write_note
from countenance.vocabulary.register import Publisher, Register
from countenance.vocabulary.survey import Text, Way
from countenance.vocabulary.surveyed import Said, Surveyed
from countenance.web.register import folder, pages
from simulator import registers, surveyed
from simulator.registers import GENESIS, KEY
from unit.log.months import log, starts

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def written() -> Files:
    return registers.files()


def test_it_holds_and_says_so(written: Files) -> None:
    checked = folder.check(written, GENESIS)
    assert (checked.register, checked.pinned) == (registers.register(), True)
    assert not folder.check(written, None).pinned


def test_pages_are_in_three_languages_and_load_nothing_from_elsewhere(written: Files) -> None:
    for language in ("en", "zh", "ru"):
        for name in pages.PAGES:
            text = written[f"{language}/{name}.html"].decode()
            assert f'<html lang="{language}"' in text
            assert "<script" not in text
            assert "http://" not in text
            assert "https://" not in text
            assert "style=" not in text


def test_charts_have_their_numbers_in_words_and_a_table(written: Files) -> None:
    text = written["en/searches.html"].decode()
    assert text.count("<svg") == text.count("<table")
    assert ">130</text>" in text
    assert "fewer than 5</text>" in text


@pytest.mark.parametrize("path", sorted(registers.files()))
def test_a_flipped_byte_in_any_file_is_found(written: Files, path: str) -> None:
    data = written[path]
    for at in {0, len(data) // 2, len(data) - 1}:
        spoilt = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(Tampered):
            folder.check({**written, path: spoilt}, GENESIS)
        if path != folder.GENESIS:
            with pytest.raises(Tampered):
                folder.check({**written, path: spoilt}, None)


@pytest.mark.parametrize("path", sorted(registers.files()))
def test_a_missing_file_is_found(written: Files, path: str) -> None:
    with pytest.raises(Tampered):
        folder.check({name: data for name, data in written.items() if name != path}, GENESIS)


def foreign_page(files: Files) -> Files:
    return {**files, "en/lists.html": b"<p>no list stands</p>"}


def other_deployment(files: Files) -> Files:
    other = replace(registers.register(), deployment="ffeeddccbbaa9988")
    return {**files, **signed(other)}


def other_genesis(files: Files) -> Files:
    return {**files, **signed(replace(registers.register(), genesis=bytes(32)))}


def other_log(files: Files) -> Files:
    head = write_note("countenance/other", 4096, bytes(32), KEY)
    return {**files, **signed(replace(registers.register(), checkpoint=head))}


def other_version(files: Files) -> Files:
    return {**files, folder.PUBLISHER: records.write(Publisher("", "", "0.0.0"))}


def publishers_words(files: Files) -> Files:
    return {**files, folder.PUBLISHER: records.write(Publisher("Another city", "", folder.version()))}


def a_checkpoint_for_a_signature(files: Files) -> Files:
    """The log's key has signed that, too, and its signature verifies."""
    text, lines = note.split(registers.register().checkpoint)
    ((_, _, signature),) = note.signatures(lines)
    return {**files, folder.RECORD: text.encode(), folder.SIGNATURE: f"{signature.hex()}\n".encode()}


def other_results(files: Files) -> Files:
    """Signed by a custodian that shows other figures than the digest beside them."""
    first = registers.register().surveys[0]
    liked = replace(first.results[0], title=replace(first.results[0].title, en="Everybody likes it"))
    return {**files, **signed(replace(registers.register(), surveys=(replace(first, results=(liked,)),)))}


def another_record(files: Files) -> Files:
    """Signed by the same key, and yet of another type."""
    return {**files, **signed(GENESIS)}


def signed(record: object) -> Files:
    made = registers.signed(record)
    return {folder.RECORD: made.body, folder.SIGNATURE: f"{made.signature.hex()}\n".encode()}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (foreign_page, "no page of this register"),
        (other_deployment, "another deployment's"),
        (other_genesis, "another deployment's"),
        (other_log, "another log's"),
        (other_results, "not those of their digest"),
        (other_version, "version 0.0.0"),
        (publishers_words, "was changed"),
        (a_checkpoint_for_a_signature, "is no register"),
        (another_record, "is no register"),
    ],
)
def test_what_is_not_its_own_is_refused(written: Files, spoil: Callable[[Files], Files], says: str) -> None:
    with pytest.raises(Tampered, match=says):
        folder.check(spoil(written), GENESIS)


def test_another_genesis_than_the_one_from_elsewhere_is_refused(written: Files) -> None:
    with pytest.raises(Tampered, match="not the record you gave"):
        folder.check(written, replace(GENESIS, made=1))


def test_what_others_say_is_escaped(written: Files) -> None:
    said = registers.files(controller="<script>alert(1)</script>")
    assert b"<script" not in said["en/index.html"]
    assert written["en/index.html"] != said["en/index.html"]


def test_the_words_are_there_in_every_language() -> None:
    for name in (*pages.PAGES, "common"):
        text = (pages.resources.files(pages.PACKAGE) / "words" / f"{name}.json").read_text(encoding="utf-8")
        for word, spellings in json.loads(text).items():
            assert len(spellings) == 3, word
            assert all(one.strip() for one in spellings), word


def test_sentences_of_a_policy_are_those_of_its_rules() -> None:
    assert pages.sentences('@id("a")\n@says("Say \\"no\\".")\nforbid') == ('Say "no".',)


def earlier() -> Register:
    """The register of three months before."""
    now = registers.register()
    series = counted.series(log(registers.ACTS), starts(3)[3], door=True)
    head = write_note(GENESIS.log_origin, 2048, bytes(32), KEY)
    return replace(now, made=starts(3)[3], last="2026-03", series=series, policies=now.policies[:1], checkpoint=head)


def test_what_was_said_is_said_in_every_later_one() -> None:
    folder.stays(earlier(), registers.register())
    folder.stays(registers.register(), registers.register())


def fewer_searches(later: Register) -> Register:
    (first, *rest) = (one for one in later.series if one.periods)
    changed = replace(first, periods=(replace(first.periods[0], count=first.periods[0].count - 1), *first.periods[1:]))
    return replace(later, series=(changed, *rest))


def no_series(later: Register) -> Register:
    return replace(later, series=())


def other_policies(later: Register) -> Register:
    return replace(later, policies=later.policies[1:])


def shorter_log(later: Register) -> Register:
    return replace(later, checkpoint=write_note(GENESIS.log_origin, 1024, bytes(32), KEY))


def forked_log(later: Register) -> Register:
    return replace(later, checkpoint=write_note(GENESIS.log_origin, 2048, bytes([1]) * 32, KEY))


@pytest.mark.parametrize("spoil", [fewer_searches, no_series, other_policies, shorter_log, forked_log])
def test_what_is_said_no_more_is_found(spoil: Callable[[Register], Register]) -> None:
    with pytest.raises(Tampered, match="keep both"):
        folder.stays(earlier(), spoil(registers.register()))


def test_a_later_one_or_another_deployments_is_no_earlier_one() -> None:
    for other in (replace(earlier(), made=starts(12)[12]), replace(earlier(), genesis=bytes(32))):
        with pytest.raises(Malformed):
            folder.stays(other, registers.register())


@pytest.mark.parametrize("number", [0, -1, 2**53 - 1, -(2**53) + 1])
def test_whatever_an_operator_publishes_there_is_a_register(number: int) -> None:
    """The custodian checks who publishes and how much, not what: no word or number of theirs breaks the pages."""
    words = Text(*("<script>{}{0}%s</script>" for _ in range(3)))
    given = surveyed.results()
    answers = (Said("<i>", words, number, number, number), Said("", words, 1, -1, 7))
    method = replace(
        given.method, first="{", epsilon=number, waves=number, effect=number, largest=number, unplaced=number,
        forged=number, by="<script>", margins=("{x}",), aimed=("{y}",), small=("<b>",), few=tuple(Way), came=(),
        before=number, invited=number,
    )  # fmt: skip
    items = (Surveyed("{", "<", words, number, False, answers), Surveyed("", "", words, 0, True, ()))
    other = replace(given, title=words, method=method, items=items)
    said = replace(registers.register(), surveys=(registers.published(other), registers.published(given)))
    files = folder.made(registers.signed(said), GENESIS, controller="", contact="")
    assert folder.check(files, GENESIS).register == said
    for language in ("en", "zh", "ru"):
        assert b"<script" not in files[f"{language}/surveys.html"]
