import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from countenance.evidence import figures, page
from countenance.faces import card
from countenance.faces.card import ExtractorCard
from countenance.formats import records
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.disclosures import Disclosure
from evidence.scene import Scene

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


@pytest.fixture
def disclosure(files: dict[str, bytes]) -> Disclosure:
    return records.read(Disclosure, files["disclosure.json"])


def text_of(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.decode().split("</style>")[1]).split())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "poster")]
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_has_no_script_and_reaches_only_its_own_files(files: dict[str, bytes]) -> None:
    tags = Tags()
    tags.feed(files["index.html"].decode())
    assert tags.open == []
    assert "script" not in tags.seen
    assert set(tags.links) <= set(files)
    assert b"default-src 'none'" in files["index.html"]


def test_words_from_outside_stay_words(disclosure: Disclosure, story: Scene) -> None:
    told = disclosure.instructions
    persons = tuple(replace(person, organisation=EVIL) for person in told.persons)
    evil = replace(
        disclosure,
        instructions=replace(told, persons=persons, camera=replace(told.camera, place=EVIL)),
        models=tuple(replace(model, name=EVIL) for model in disclosure.models),
        errors=(EVIL,),
    )
    warrant = replace(story.task().warrant, case=EVIL, purpose=EVIL, legal_basis=EVIL)
    tags = Tags()
    tags.feed(page.write(evil, warrant).decode())
    assert "script" not in tags.seen
    assert "x" not in tags.links


def test_a_demo_says_so_and_nothing_else_does(disclosure: Disclosure, story: Scene) -> None:
    warrant = story.task().warrant
    assert "DEMO" in text_of(page.write(disclosure, warrant))
    assert "DEMO" not in text_of(page.write(replace(disclosure, demo=False), warrant))


@pytest.mark.parametrize("level", list(Assurance))
def test_the_assurance_level_is_told_and_explained(disclosure: Disclosure, story: Scene, level: Assurance) -> None:
    told = replace(disclosure.instructions, genesis=replace(disclosure.instructions.genesis, assurance=level))
    said = text_of(page.write(replace(disclosure, instructions=told), story.task().warrant))
    assert level.value in said
    assert f"{level.value}, UNWITNESSED" in said
    logged = told.entries[-1]
    note = f"{logged.proof.checkpoint}\u2014 w.example AAAAAAAAAAAA\n"
    cosigned = replace(told, entries=(replace(logged, proof=replace(logged.proof, checkpoint=note)),))
    said = text_of(page.write(replace(disclosure, instructions=cosigned), story.task().warrant))
    assert f"{level.value}, witnessed by w.example" in said


def test_who_asked_approved_and_looked_is_told_in_order(files: dict[str, bytes]) -> None:
    said = text_of(files["index.html"])
    steps = [
        "officer-1 (station) asked for the search",
        "court-b/judge-1 (court-b) read the warrant and approved it",
        "authority/dpo-1 (authority) read the warrant and approved it",
        "compared 40 sightings, found 2 candidates",
        "reviewer-1 (station) gave a verdict",
        "reviewer-2 (station) gave a verdict",
        "was allowed this disclosure",
    ]
    places = [said.index(step) for step in steps]
    assert places == sorted(places)
    assert "did not confirm: 1." in said
    assert "found nobody: 2." in said


def test_a_third_verdict_is_told(disclosure: Disclosure, story: Scene) -> None:
    verdicts = disclosure.instructions.verdicts
    third = replace(disclosure, instructions=replace(disclosure.instructions, verdicts=(*verdicts, verdicts[0])))
    assert "and both said: the same person" in text_of(page.write(disclosure, story.task().warrant))
    said = text_of(page.write(third, story.task().warrant))
    assert "disagreed; a third was asked. Two of the three said that this is the person" in said
    assert "two of the three said: the same person" in said


def test_no_score_and_no_probability_is_shown(files: dict[str, bytes]) -> None:
    said = text_of(files["index.html"])
    assert "it is not a probability" in said
    assert not re.search(r"(confidence|certainty|match)", said, re.IGNORECASE)


def test_only_the_measured_extractor_has_figures() -> None:
    known = card.built_in("sface")
    assert isinstance(known, ExtractorCard)
    assert "29.6 million" in " ".join(figures.known_errors(known.digest, 430))
    other = " ".join(figures.known_errors(bytes(32), 500))
    assert "No other error rates are on record" in other
    assert "0.500" in other
    assert {model.digest for model in figures.models(bytes(32))} > {bytes(32)}
