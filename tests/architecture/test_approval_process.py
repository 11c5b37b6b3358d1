"""The approval origin's process holds no code that opens what is sealed to the custodian, and no other zone's."""

import subprocess
import sys

LOADED = """
import sys
import countenance.cli.run_approval_page
refused = ("countenance.crypto.unseal", "countenance.matching", "countenance.faces", "countenance.video",
           "countenance.evidence", "countenance.log", "countenance.warrants", "countenance.zones.edge",
           "countenance.zones.repository", "countenance.zones.custodian.store", "countenance.zones.custodian.keys",
           "countenance.zones.custodian.opened", "webauthn", "numpy", "cv2", "av", "PIL", "sqlalchemy")
found = [name for name in sys.modules if any(name == one or name.startswith(one + ".") for one in refused)]
sys.exit(str(found) if found else 0)
"""


def test_it_loads_what_it_needs_and_no_more() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
