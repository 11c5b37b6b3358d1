"""Requests of agents: `/v1/…` of the Data Rights Protocol, in JSON, answered with its statuses (section 3.02)."""

import hashlib
from collections import OrderedDict
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import written
from countenance.vocabulary.rights import CODE, Enquiry, Ground, Outcome, Question, Statement, Wish
from countenance.web.kit import codes
from countenance.web.portal.agents import TOKEN, Agents, listed, moment
from countenance.web.portal.house import NONCE, Portal

BASE: Final = "/v1/"
VERSIONS: Final = ("0.9.3", "0.9.4", "1.0")
MOST_HELD: Final = 1000
"""Requests whose code is kept in memory, the newest: ten days of the door's own cap."""

_WISHES: Final = {"access": Wish.TELL, "deletion": Wish.DELETE}
_REGIMES: Final = (None, "", "gdpr")
_CLAIM: Final = "countenance"
_LONGEST_NAME: Final = 128
"""Characters of an agent's own id of its request."""

_MINUTE: Final = 60_000


class Desk:
    """What one portal knows of agents' requests: by id, whose it is, how they call it, and the code."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.agents = Agents(listed(portal.settings.agents), portal.settings.business, portal.clock())
        self._held: OrderedDict[str, tuple[str, Json, bytes]] = OrderedDict()

    def take(self, agent: str, claims: dict[str, Json]) -> dict[str, Json]:
        """Ask what an agent may ask; else the status that says what to do instead."""
        if claims.get("drp.version") not in VERSIONS:
            raise Malformed("this portal speaks version 1.0 of the protocol, which is 0.9.4")
        wish, place = _WISHES.get(str(claims.get("exercise"))), claims.get(_CLAIM)
        theirs = claims.get("agent-request-id")
        # It goes into the answer, after the question is an entry: what no answer can say is refused before.
        if theirs is not None and not (
            isinstance(theirs, str) and theirs.isprintable() and len(theirs) <= _LONGEST_NAME
        ):
            raise Malformed(f"agent-request-id is a text of at most {_LONGEST_NAME} printable characters")
        if wish is None:
            return self._denied(theirs, "claim_not_covered", "only access and deletion are answered here")
        if claims.get("regime") not in _REGIMES:
            return self._denied(theirs, "outside_jurisdiction", "send it with the regime gdpr, or with none")
        if not isinstance(place, dict):
            return self._denied(
                theirs,
                "insuf_verification",
                "nobody is found here by name: add the claim countenance with camera, start, minutes, words, or come "
                f"to the desk {self._portal.settings.desk}".strip(),
                user_verification_url=f"{self._portal.origin}/en/ask",
            )
        code = self._portal.random(CODE)
        said = self._portal.asked(self._question(wish, place, code))
        self._held[said.request] = (agent, theirs, code)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        details = f"a clerk looks; the person sees the answer at {self._portal.origin}/en/answer with "
        return self._status(said, theirs, details + codes.spelled(code))

    def look(self, agent: str, request: str) -> dict[str, Json]:
        """How a request stands. Raises Refused for another agent's, or one that is not known any more."""
        whose, theirs, code = self._held.get(request, ("", None, b""))
        if whose != agent:
            raise Refused("this request is not yours, or from before the portal was started: the person has its code")
        made, nonce = self._portal.clock(), self._portal.random(NONCE)
        enquiry = Enquiry(self._portal.genesis.deployment, code, made, nonce, self._portal.own.public)
        return self._status(self._portal.asked(enquiry), theirs, "")

    def _question(self, wish: Wish, place: dict[str, Json], code: bytes) -> Question:
        minutes, start = place.get("minutes"), moment(place.get("start"))
        camera, words = place.get("camera"), place.get("words", "")
        if type(minutes) is not int or not isinstance(camera, str) or not isinstance(words, str):
            raise Malformed("camera and words are text, and minutes is a whole number of at most 30")
        return Question(
            deployment=self._portal.genesis.deployment,
            wish=wish,
            camera=camera,
            start=start,
            end=start + minutes * _MINUTE,
            words=words,
            language="en",
            code_hash=hashlib.sha256(code).digest(),
            made=self._portal.clock(),
            nonce=self._portal.random(NONCE),
            reply_key=self._portal.own.public,
        )

    def _status(self, said: Statement, theirs: Json, details: str) -> dict[str, Json]:
        """A statement in the protocol's words: never what was found."""
        status, reason, told = _outcome(said)
        return _filled(
            request_id=said.request,
            agent_request_id=theirs,
            received_at=written(said.recorded),
            expected_by=written(said.due),
            status=status,
            reason=reason,
            processing_details=details or told,
        )

    def _denied(self, theirs: Json, reason: str, details: str, **more: Json) -> dict[str, Json]:
        """What is not taken: nothing is kept of it, and its id is of no use."""
        now = written(self._portal.clock())
        return _filled(
            request_id=self._portal.random(CODE).hex(),
            agent_request_id=theirs,
            received_at=now,
            status="denied",
            reason=reason,
            processing_details=details,
            **more,
        )


def routes(portal: Portal) -> APIRouter:
    """`/v1/agent/ID` and `/v1/data-rights-request`. Bodies are bounded by the front."""
    router, desk = APIRouter(), Desk(portal)

    @router.post("/v1/agent/{agent}")
    async def setup(request: Request, agent: str) -> Response:
        """Section 2.05: a token for an agent that is listed. Whatever is wrong, 403 and nothing more."""
        try:
            desk.agents.opened(agent, await request.body(), portal.clock())
        except CountenanceError:
            return Response(status_code=403)
        return JSONResponse({"agent-id": agent, "token": desk.agents.token(agent, portal.random(TOKEN))})

    @router.get("/v1/agent/{agent}")
    def known(request: Request, agent: str) -> Response:
        """Section 2.06: whether a token is this agent's."""
        try:
            mine = desk.agents.of(request.headers.get("authorization", "")) == agent
        except Refused:
            mine = False
        return JSONResponse({}) if mine else Response(status_code=403)

    @router.post("/v1/data-rights-request")
    async def exercise(request: Request) -> Response:
        """Section 2.01."""
        body = await request.body()
        return await run_in_threadpool(_exercised, desk, request.headers.get("authorization", ""), body, portal)

    @router.get("/v1/data-rights-request/{number}")
    def status(request: Request, number: str) -> Response:
        """Section 2.02."""
        try:
            return JSONResponse(desk.look(desk.agents.of(request.headers.get("authorization", "")), number))
        except CountenanceError as error:
            return _wrong(error)

    @router.delete("/v1/data-rights-request/{number}")
    def revoke(number: str) -> Response:
        """Section 2.04: what was asked at the door is an entry, and cannot be taken back."""
        del number
        return _wrong(Refused("a question here cannot be revoked: a clerk answers it, and nothing more follows"))

    return router


def _exercised(desk: Desk, authorization: str, body: bytes, portal: Portal) -> Response:
    try:
        agent = desk.agents.of(authorization)
        return JSONResponse(desk.take(agent, desk.agents.opened(agent, body, portal.clock())))
    except CountenanceError as error:
        return _wrong(error)


def _outcome(said: Statement) -> tuple[str, str | None, str]:
    if not said.outcome:
        return "in_progress", None, "a clerk has not answered yet"
    if said.outcome == Outcome.DECLINED:
        many = said.ground == Ground.EXCESSIVE
        return "denied", "too_many_requests" if many else "no_match", f"declined (GDPR {said.ground})"
    if said.wish is Wish.TELL:
        met = said.outcome == Outcome.MET
        told = "the person was told in person" if met else "what is kept is told in person, at the desk"
        return ("fulfilled", None, told) if met else ("denied", "insuf_verification", told)
    return "fulfilled", None, f"whatever there was is gone from every copy by {written(said.gone_by)}"


def _wrong(error: CountenanceError) -> Response:
    fatal = not isinstance(error, Unavailable)
    return JSONResponse({"code": str(error.status), "message": str(error), "fatal": fatal}, error.status)


def _filled(**fields: Json) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value is not None}
