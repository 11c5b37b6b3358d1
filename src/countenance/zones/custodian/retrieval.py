"""Retrieval: from a warrant to candidates, in three messages with the repository's work between them.

`begin`, before anything is compared (the numbers are in the code):

1. The request is admitted: signed by a person on the roster, new, and of the verb search.
2. It names the version of a warrant that stands, and its person is that warrant's requester, an officer; or a clerk who
   approved it, where somebody at a desk asks about themselves.
3. The text beside it has the hash that stands; the template beside it is a coded template.
4. `warrants.authorise` makes an Authorisation of text, approvals and circumstances; the period in which approvals may
   be taken back is over. Each of its cameras has a calibration of the probe's extractor.
5. Neither its purpose nor all its cameras are stopped for too many strangers. The probe is of no canary, the hour is
   usual and the policy's budgets have room, or the requester is frozen. Where there are two custodians, the second has
   authorised the search by its own roster and policy. Then the search is counted, a use is spent and the *authorised*
   entry made, all durable.

`named`, when the repository has presented what it has:

6. The sheets of the partitions in scope are fixed, no more rows than the calibrations reach; they and the coded probe
   leave, and no others.

`finish`, with the repository's products:

7. The search is one that runs: each is finished once, within ten minutes.
8. There is one product for each row that was named. Products that do not agree with a sheet's tags are doubted: the
   repository may present those sheets' rows once (`tagging.repair`); what is doubted again is not compared.
9. Rows count that the custodian took in itself, in the scope's span, not erased and not restricted. What else there is
   or should be becomes a sentence in the answer.
10. Scores are unmasked in memory, with the pads of both custodians where there are two; the threshold is the
    warrant's, raised for the number of rows as the calibrations say.
11. At most n candidates, those with the highest scores, are kept, in random order and without scores. Of a subject's
    own request their number alone leaves: a clerk is given no id of somebody whom reviewers have not confirmed.
12. Candidates, what is counted of the search (`strangers`) and the *delivered* entry are durable; then the answer is
    sealed to who asked.

If `finish` fails or never comes, the entry is *outcome unknown* and the use stays spent.

Probe and products of pads lie in arrays that are overwritten after use; scores below the threshold are never kept. What
Python copies besides is not overwritten: the bytes of messages, and the numbers of candidates on their way through the
sort, live until their memory is used again.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.warrants import Answer, Warrant, WarrantKind
from countenance.warrants import calibrations, facts, scope, threshold
from countenance.warrants.authorise import Act, Authorisation, authorise, matter, standing_policy
from countenance.zones.custodian import (
    approvals,
    budgets,
    calibrating,
    canaries,
    cases,
    completeness,
    freezing,
    outcomes,
    present,
    requests,
    restricting,
    roster,
    scoping,
    scoring,
    stacking,
    strangers,
)
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.desk import Running
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Row, partition_key
from countenance.zones.custodian.requests import MINUTE
from countenance.zones.custodian.rights import desk
from countenance.zones.custodian.scoring import Comparing, Tally
from countenance.zones.custodian.sheets import Sheet
from countenance.zones.custodian.strangers import Searched

NOT_COUNTED = {"expected": "0", "counted": "0", "limit": "0"}
"""Of a subject's own search: the same face asks again and again, and would count a look-alike each time."""

LIFETIME_MINUTES = 10
"""How long the repository may take between `begin` and `finish`."""


def begin(opened: Opened, message: Message) -> Message:
    """Steps 1 to 5. Blobs: sealed ask, sealed text, sealed template. The answer names partitions, and no probe yet."""
    admitted = requests.admit(opened, message.blobs[0] if message.blobs else b"")  # (1)
    with requests.logged(opened, admitted), opened.lock:
        abandon_old(opened)
        if admitted.ask.verb != Verb.SEARCH.value:
            raise Refused("this request is not a search: ask for what it names")
        named = records.read(Named, admitted.ask.body)
        state = cases.state(opened, named.warrant)
        present.may_use(opened, admitted.person, state)  # (2)
        papers = requests.papers(opened, message, named, photo=False)
        if named != state.named or hashlib.sha256(papers.text).digest() != named.hash:  # (3)
            raise Refused("this is not the text that stands now: 'countenance warrant list' shows what does")
        q = encode.from_bytes(papers.template)
        authorisation = authorise(  # (4)
            papers.text,
            state.approvals,
            template=papers.template,
            act=Act.SEARCH,
            circumstances=present.circumstances(opened, state.uses_left),
        )
        roster.within(admitted.person, authorisation.warrant.scope.cameras)
        approvals.check_settled(opened, state)
        of = calibrating.of_warrant(opened, authorisation.warrant)
        without = _stopped(opened, state, authorisation.warrant.scope.cameras)  # (5)
        expected = _admissible(opened, authorisation, q, state)
        now = opened.clock()
        asked = tuple(
            partition
            for partition in scope.partitions(authorisation.warrant.scope)
            if partition.camera not in without and not completeness.not_recorded(opened, partition, now)
        )
        search = opened.random(16).hex()
        second = stacking.begun(opened, admitted, papers, state)
        if authorisation.warrant.subject is None:
            budgets.count(opened, authorisation.warrant)
        told = calibrations.named(of)
        entry = outcomes.authorised(opened, authorisation, admitted.person.name, state, facts=told)
        desk.begun(opened, state, admitted.person)
        opened.desk.running[search] = Running(
            admitted, authorisation, q, asked, now, entry, expected, of, without, second=second
        )
        named_partitions: list[Json] = [[partition.camera, partition.hour] for partition in asked]
        return Message("search.begin", {"search": search, "partitions": named_partitions})


def named(opened: Opened, message: Message) -> Message:
    """Step 6: {search} -> {sheets: [camera, hour, number, generation, rows] each, dimension} and the coded probe."""
    with opened.lock:
        running = _running(opened, message)
        if running.comparing is not None:
            raise Refused("the sheets of this search were named before: go on with their products")
        probe = running.authorisation.warrant.probe
        chosen = scoping.choose(
            opened,
            running.asked,
            extractor=probe.extractor,
            dimension=len(running.q),
            most=threshold.most_rows(running.calibrations, _within(running)),
        )
        running.comparing = Comparing(opened, chosen, running.q, running.second)
        listed: list[Json] = [[one.camera, one.hour, one.number, one.generation, one.rows] for one in chosen.sheets]
        return Message("search.sheets", {"sheets": listed, "dimension": len(running.q)}, (encode.to_bytes(running.q),))


def finish(opened: Opened, message: Message) -> Message:
    """Steps 7 to 12. Blob: products, int32 little-endian, of all sheets in the order in which they were named.

    The answer is sealed; or, once, {doubtful}: indices of sheets whose rows have to be presented.
    """
    with opened.lock:
        abandon_old(opened)
        running = _running(opened, message)  # (7)
        try:
            freezing.check(opened, running.admitted.person.name)
            _check_stops(opened, running)
            products, fresh, doubtful = _checked(opened, running, message)  # (8)
            if doubtful and not running.doubted:
                running.doubted = True
                return Message("search.finish", {"doubtful": list(doubtful)})
        except BaseException:
            _end(opened, message, running)
            outcomes.unknown(opened, running.entry)
            raise
        try:
            answer = _answered(opened, running, products, fresh, doubtful)
        except BaseException:
            outcomes.unknown(opened, running.entry)
            raise
        finally:
            _end(opened, message, running)
        return Message("search.finish", {}, (requests.reply(running.admitted, _plain(answer)),))


def entry_of(opened: Opened, message: Message) -> int:
    """The *authorised* entry of the search that `message` names. Raises Refused if none runs."""
    with opened.lock:
        return _running(opened, message).entry


def abandon_old(opened: Opened) -> None:
    """End searches whose products never came: their outcome is unknown, their probe overwritten."""
    with opened.lock:
        latest = opened.clock() - LIFETIME_MINUTES * MINUTE
        for search, running in list(opened.desk.running.items()):
            if running.began < latest:
                del opened.desk.running[search]
                running.wipe()
                outcomes.unknown(opened, running.entry)


def _stopped(opened: Opened, state: WarrantState, cameras: Sequence[str]) -> tuple[str, ...]:
    """Cameras that are stopped. Who asks about themselves neither counts for that nor is kept from asking by it."""
    return () if state.kind is WarrantKind.SUBJECT_ACCESS else strangers.check(opened, state, cameras)


def _admissible(opened: Opened, authorisation: Authorisation, q: NDArray[np.int16], state: WarrantState) -> float:
    """How many strangers the search may be expected to return, after what else could stop it; else Refused."""
    warrant, now = authorisation.warrant, present.circumstances(opened, state.uses_left)
    if warrant.subject is not None:
        # No policy, budget, hour or decoy stands before what the law gives: caps do, at the desk.
        return threshold.EXPECTED_FALSE
    canaries.check(opened, warrant, q, of=state.entry)
    budgets.check_hour(opened, warrant, of=state.entry)
    expected = facts.expected_false(standing_policy(warrant.policy, now), matter(warrant, now))
    budgets.check_room(opened, warrant, of=state.entry)
    return expected / 1000


def _within(running: Running) -> float:
    """How many strangers the search may be expected to return: the policy's limit, or the text's where that is less."""
    return threshold.expected_at_most(running.expected, running.authorisation.warrant.limits.one_in)


def _running(opened: Opened, message: Message) -> Running:
    running = opened.desk.running.get(str(message.body.get("search")))
    if running is None:
        raise Refused("no such search is running: it was finished, or took too long; search again")
    return running


def _check_stops(opened: Opened, running: Running) -> None:
    warrant = running.authorisation.warrant
    if _stopped(opened, cases.state(opened, warrant.warrant), warrant.scope.cameras) != running.without:
        raise Refused("a camera was stopped or cleared while this search ran: search again")


def _end(opened: Opened, message: Message, running: Running) -> None:
    opened.desk.running.pop(str(message.body.get("search")), None)
    running.wipe()


def _checked(opened: Opened, running: Running, message: Message) -> tuple[NDArray[np.int32], list[Sheet], list[int]]:
    """All products, the sheets as they are to be counted, and the indices of those that are doubted."""
    comparing = running.comparing
    if comparing is None or len(message.blobs) != 1:
        raise Malformed("a search is finished with the products of the sheets that were named, in one blob")
    products = comparing.read(message.blobs[0])
    fresh = list(comparing.chosen.sheets)
    doubtful = comparing.doubtful(products, running.q, fresh)
    if doubtful and running.doubted:
        for index in doubtful:
            fresh[index] = scoring.as_now(opened, fresh[index])
        doubtful = [index for index in comparing.doubtful(products, running.q, fresh) if index in doubtful]
    return products, fresh, doubtful


def _answered(
    opened: Opened,
    running: Running,
    products: NDArray[np.int32],
    fresh: Sequence[Sheet],
    doubtful: Sequence[int],
) -> Answer:
    warrant, comparing = running.authorisation.warrant, running.comparing
    assert comparing is not None
    chosen = comparing.chosen
    counted = [index for index in range(len(fresh)) if index not in doubtful]
    compared = Counter[tuple[str, int]]()
    for index in counted:
        here = np.count_nonzero(scoring.in_question(fresh[index], warrant.scope))
        compared[fresh[index].camera, fresh[index].hour] += int(here)
    rows, of = compared.total(), running.calibrations
    used = threshold.effective(of, warrant.limits.threshold, rows, _within(running))  # (10)
    # What waits for the reviewers of somebody else's request may be this asker's all the same.
    hidden = restricting.restricted(opened, but=warrant.subject is not None)
    tally = Tally(encode.least_score(used, len(running.q)), warrant.scope, hidden)
    # One that is doubted may have grown: it takes the room that it had when products were asked for.
    placed = [was if index in doubtful else fresh[index] for index, was in enumerate(chosen.sheets)]
    try:
        tally.count(placed, products, comparing.padded(), doubtful=doubtful)
        found, more = tally.best(warrant.limits.candidates)
    finally:
        tally.wipe()
    best = [row for row in (_row(opened, sheet, position) for sheet, position in found) if row is not None]
    best.sort(key=lambda _: opened.random(16))  # (11)
    silent = (completeness.not_recorded(opened, one, running.began) for one in scope.partitions(warrant.scope))
    incomplete = completeness.doubts(opened, running, fresh, doubtful)  # (9)
    stacking.ended(opened, running.second)
    with opened.store.together():  # (12)
        for row in best:
            cases.keep(opened, warrant, row, running.entry, used)
        state = cases.state(opened, warrant.warrant)
        searched = Searched(compared, used, running.expected, of)
        of_strangers = strangers.delivered(opened, state, searched) if warrant.subject is None else NOT_COUNTED
    facts_of = {"rows": str(rows), "candidates": str(len(best)), "incomplete": str(len(incomplete)), **of_strangers}
    entry = outcomes.delivered(opened, running.entry, facts_of)
    strangers.settle(opened, of=entry)
    partly = bool(more or incomplete or chosen.cut or chosen.others or running.without)
    desk.searched(opened, cases.state(opened, warrant.warrant), running.admitted.person, partly=partly)
    return Answer(
        warrant=warrant.warrant,
        number=warrant.number,
        candidates=_told(warrant, [row.sighting for row in best]),
        more_than_limit=more,
        rows=rows,
        partitions=len(running.asked),
        threshold=used,
        incomplete=tuple(incomplete),
        not_recorded=tuple(sentence for sentence in silent if sentence),
        not_searched=(
            *(f"{one}: more rows than may be compared at once; narrow the scope" for one in chosen.cut),
            *(f"{name}: stopped, since it showed more strangers than the policy allows" for name in running.without),
        ),
        not_compared=_told(warrant, chosen.others),
        expected_false=math.ceil(1000 * threshold.expected_false(of, rows, used)),
        missed=threshold.missed(of, used),
        entry=entry,
        calibrations=tuple(records.digest(one) for one in of),
    )


def _told(warrant: Warrant, sightings: Sequence[str]) -> tuple[str, ...]:
    """What who searched is told of these: of a subject's own request how many, since most may be of strangers."""
    return tuple(sightings) if warrant.subject is None else ("",) * len(sightings)


def _row(opened: Opened, sheet: Sheet, position: int) -> Row | None:
    """The row's metadata, or None if it was erased since the sheets were named."""
    return opened.store.get(Row, f"{partition_key(sheet.camera, sheet.hour)}/{sheet.sighting(position)}")


def _plain(answer: Answer) -> dict[str, Json]:
    fields = records.plain(answer)
    return dict(fields) if isinstance(fields, Mapping) else {}
