"""What everyone may know of a deployment from its first hour: the genesis record, whose digest is in entry 0."""

from dataclasses import dataclass, field

from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.later import LATER
from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class ApprovalOrigin:
    """Where approvals are made, or where people sign in, for good: credentials are bound to it.

    `rp_id`: exactly the host name of `origin`.
    `roots`: the attestation allow-list, X.509 in DER; a credential is enrolled only if one of them vouches for it.
    """

    rp_id: str
    origin: str
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Genesis:
    """Public keys and fixed choices. `demo`: file keys count as approvals here, for good, and every output says so.

    `custodian_key`: what requests, warrants and probes are sealed to. `log_key`: Ed25519, signs checkpoints.
    `auditors_key`: what entries are sealed to when published. `quorum`: persons a search needs, at least 2.
    `log_origin`: first line of every checkpoint. `custodians`: 1, or 2 whose keys are both needed. `approval`: none in
    a deployment where only key files can sign. `console`: where people sign in to look and to ask, another host than
    `approval`'s; none where there is no console. `portal`: where anybody may ask what is held about them, a third host
    that trusts no authenticator (`roots` empty); none where there is no portal.
    """

    deployment: str
    made: Moment
    demo: bool
    assurance: Assurance
    quorum: int
    custodian_key: bytes
    log_key: bytes
    log_origin: str
    auditors_key: bytes
    custodians: int = field(default=1, metadata=LATER)
    approval: ApprovalOrigin | None = field(default=None, metadata=LATER)
    console: ApprovalOrigin | None = field(default=None, metadata=LATER)
    portal: ApprovalOrigin | None = field(default=None, metadata=LATER)
