"""A3, one nonce for two rows: the pads cancel, and the difference of two templates lies open to whoever holds both
rows. Against it: sixteen random bytes a row, and the custodian takes no nonce twice in a partition.
"""

import secrets

import numpy as np

from attacks.oracle import gallery
from countenance.matching import padding
from countenance.vocabulary.moments import Hour
from countenance.zones.custodian import intake
from simulator.court import sitting
from simulator.people import NOW
from simulator.zone import presented, sighting


def test_succeeds_without_mitigation() -> None:
    held = gallery(2)
    rows = padding.masked(held.coded, held.key, held.nonces[:16] * 2)
    assert (rows[0] - rows[1] == held.coded[0] - held.coded[1]).all()


def test_fails_against_product() -> None:
    held = gallery(2)
    assert (held.rows[0] - held.rows[1] != held.coded[0] - held.coded[1]).any()
    # Differences of rows with nonces of their own are spread over all 2^16 values.
    many = gallery(400).rows
    assert abs(float(np.mean((many[::2] - many[1::2]).astype(float)))) < 600
    with sitting() as court:
        lease, nonce = court.leases["hall-east", Hour.of(NOW).number], secrets.token_bytes(16)
        first = sighting(court.zone, court.edge, lease, nonce=nonce)
        second = sighting(court.zone, court.edge, lease, nonce=nonce)
        done = intake.sightings(court.zone.opened, presented(first, second))
        assert [one.sighting for one in done.placed] == [first.record.sighting]
        assert "used before" in done.refused[0][1]
