"""Retrieval: from a warrant to candidates, in two messages with the repository's work between them.

`begin`, before anything is compared (the numbers are in the code):

1. The request is admitted: signed by a person on the roster, new, and of the verb search.
2. It names the version of a warrant that stands, and its person is that warrant's requester, an officer.
3. The text beside it has the hash that stands; the template beside it is a coded template.
4. `warrants.authorise` makes an Authorisation of text, approvals and circumstances.
5. A use is spent and the *authorised* entry made, both durable.
6. Only then does the coded probe leave, for whole partitions in scope and no others.

`finish`, with the repository's products:

7. The search is one that runs: each is finished once, within ten minutes.
8. The products are of partitions that were asked for, each once.
9. Rows count that the custodian took in itself, whose bytes had the digest the edge signed, of the probe's extractor,
   in the scope's span and not restricted. What else there is or should be becomes a sentence in `incomplete`.
10. Scores are unmasked in memory; the threshold is the warrant's, raised to the table's for the number of rows.
11. At most n candidates, those with the highest scores, are kept, in random order and without scores.
12. Candidates and the *delivered* entry are durable; then the answer is sealed to who asked.

If `finish` fails or never comes, the entry is *outcome unknown* and the use stays spent.

Probe, products and scores lie in arrays that are overwritten after use. What Python copies besides them is not: the
bytes of the messages, and numbers on their way through the sort, live until their memory is used again.
"""

import hashlib
from collections.abc import Mapping

from countenance.channel.message import Message
from countenance.errors import Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import encode
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.warrants import Answer, Role
from countenance.warrants import scope, threshold
from countenance.warrants.authorise import Act, authorise
from countenance.zones.custodian import approvals, cases, completeness, erasure, outcomes, requests, roster, scoring
from countenance.zones.custodian.cases import NOT_CONFIRMED, Candidate
from countenance.zones.custodian.desk import Running
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import Row
from countenance.zones.custodian.requests import MINUTE
from countenance.zones.custodian.scoring import Tally

LIFETIME_MINUTES = 10
"""How long the repository may take between `begin` and `finish`."""


def begin(opened: Opened, message: Message) -> Message:
    """Steps 1 to 6. Blobs: sealed ask, sealed text, sealed template. The answer's blob is the coded probe."""
    admitted = requests.admit(opened, message.blobs[0] if message.blobs else b"")  # (1)
    with requests.logged(opened, admitted), opened.lock:
        abandon_old(opened)
        if admitted.ask.verb != Verb.SEARCH.value:
            raise Refused("this request is not a search: ask for what it names")
        named = records.read(Named, admitted.ask.body)
        state = cases.state(opened, named.warrant)
        roster.require(admitted.person, Role.OFFICER)
        if admitted.person.name != state.requester:  # (2)
            raise Refused("only its requester searches under a warrant: draft one of your own")
        papers = requests.papers(opened, message, named, photo=False)
        if named != state.named or hashlib.sha256(papers.text).digest() != named.hash:  # (3)
            raise Refused("this is not the text that stands now: 'countenance warrant list' shows what does")
        q = encode.from_bytes(papers.template)
        authorisation = authorise(  # (4)
            papers.text,
            state.approvals,
            template=papers.template,
            act=Act.SEARCH,
            circumstances=approvals.circumstances(opened, state.uses_left),
        )
        now = opened.clock()
        asked = tuple(
            partition
            for partition in scope.partitions(authorisation.warrant.scope)
            if not completeness.not_recorded(opened, partition, now)
        )
        search = opened.random(16).hex()
        entry = outcomes.authorised(opened, authorisation, admitted.person.name, state)  # (5)
        opened.desk.running[search] = Running(admitted, authorisation, q, asked, now, entry)
        body: dict[str, Json] = {
            "search": search,
            "partitions": [[partition.camera, partition.hour] for partition in asked],
            "dimension": len(q),
        }
        return Message("search.begin", body, (encode.to_bytes(q),))  # (6)


def finish(opened: Opened, message: Message) -> Message:
    """Steps 7 to 12. Blobs: for each partition products (int32 little-endian) and row digests (32 bytes each)."""
    with opened.lock:
        abandon_old(opened)
        running = opened.desk.running.pop(str(message.body.get("search")), None)  # (7)
        if running is None:
            raise Refused("no such search is running: it was finished, or took too long; search again")
        try:
            answer = _answered(opened, running, message)
        except BaseException:
            outcomes.unknown(opened, running.entry)
            raise
        finally:
            running.q.fill(0)
        return Message("search.finish", {}, (requests.reply(running.admitted, _plain(answer)),))


def abandon_old(opened: Opened) -> None:
    """End searches whose products never came: their outcome is unknown, their probe overwritten."""
    with opened.lock:
        latest = opened.clock() - LIFETIME_MINUTES * MINUTE
        for search, running in list(opened.desk.running.items()):
            if running.began < latest:
                del opened.desk.running[search]
                running.q.fill(0)
                outcomes.unknown(opened, running.entry)


def _answered(opened: Opened, running: Running, message: Message) -> Answer:
    warrant = running.authorisation.warrant
    given = scoring.read(message, running.asked)  # (8)
    tally = Tally(erasure.restricted(opened))
    try:
        for partition in running.asked:
            scoring.compare(opened, running, partition, given.get(partition), tally=tally)  # (9)
        used = threshold.effective(warrant.limits.threshold, tally.rows)  # (10)
        best, more = scoring.best(tally, encode.least_score(used, len(running.q)), warrant.limits.candidates)
    finally:
        tally.wipe()
    best.sort(key=lambda _: opened.random(16))  # (11)
    silent = (completeness.not_recorded(opened, one, running.began) for one in scope.partitions(warrant.scope))
    with opened.store.together():  # (12)
        for row in best:
            _keep(opened, running, row, used)
    facts = {"rows": str(tally.rows), "candidates": str(len(best)), "incomplete": str(len(tally.incomplete))}
    return Answer(
        warrant=warrant.warrant,
        number=warrant.number,
        candidates=tuple(row.sighting for row in best),
        more_than_limit=more,
        rows=tally.rows,
        partitions=len(running.asked),
        threshold=used,
        incomplete=tuple(tally.incomplete),
        not_recorded=tuple(sentence for sentence in silent if sentence),
        entry=outcomes.delivered(opened, running.entry, facts),
    )


def _keep(opened: Opened, running: Running, row: Row, used: int) -> None:
    """Remember a candidate. One that an earlier search returned keeps who saw it and what they said.

    Of one that a version before this returned, who saw it and that it was not confirmed stay too; a verdict names its
    version, so confirming is done anew, by the same two.
    """
    warrant = running.authorisation.warrant
    key = cases.candidate_key(warrant.warrant, warrant.number, row.sighting)
    if opened.store.get(Candidate, key) is None:
        before = cases.before(opened, warrant.warrant, warrant.number, row.sighting)
        candidate = Candidate(
            warrant=warrant.warrant,
            number=warrant.number,
            sighting=row.sighting,
            camera=row.camera,
            hour=row.hour,
            search_entry=running.entry,
            threshold=used,
            viewers=before.viewers if before else (),
            verdicts=(),
            outcome=NOT_CONFIRMED if before and before.outcome == NOT_CONFIRMED else "",
        )
        opened.store.put(candidate, key)


def _plain(answer: Answer) -> dict[str, Json]:
    fields = records.plain(answer)
    return dict(fields) if isinstance(fields, Mapping) else {}
