"""What can go wrong, and whose fault it is.

    CountenanceError
    ├── Refused      a well-formed request that the rules do not allow; logged, the caller may ask otherwise
    ├── Tampered     data that is not what its signature, digest or key says; stops the work at hand
    ├── Malformed    bytes, arguments or pictures that cannot be read; the caller's fault
    └── Unavailable  a process, key, disk or camera that is not there now; may be retried

Every message is one sentence that says what to do next. No message ever carries a key, a template, a picture or a
subject's name: messages travel to logs and terminals.
"""

from typing import ClassVar


class CountenanceError(Exception):
    """Root of all errors the package raises on purpose.

    `exit_code` is what the command line ends with, `status` what pages answer with (RFC 9110).
    """

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 403
    name: ClassVar[str] = "error"


class Refused(CountenanceError):
    """The rules do not allow this. Nothing has changed."""

    name = "refused"


class Tampered(CountenanceError):
    """A signature, digest, authentication tag or hash chain does not verify."""

    status = 409
    name = "tampered"


class Malformed(CountenanceError):
    """The input cannot be read as what it claims to be."""

    exit_code = 2
    status = 400
    name = "malformed"


class Unavailable(CountenanceError):
    """Something needed is locked, full, unplugged or not running; trying again later may work."""

    status = 503
    name = "unavailable"


BY_NAME: dict[str, type[CountenanceError]] = {kind.name: kind for kind in (Refused, Tampered, Malformed, Unavailable)}
