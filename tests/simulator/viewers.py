"""Many viewers of a console's wall: streams that are read as pages read them, in a process of their own.

    PYTHONPATH=tests python -m simulator.viewers < ORDER

ORDER is JSON: `port`; `heads`, an HTTP request each; `begin`, seconds since 1970, when counting begins, and `seconds`,
for how long; `parsed`: whether pictures are taken out of the streams. Prints one JSON object: `bytes` of each stream,
and of what was parsed `pictures` and their `ages`, milliseconds from the moment they show until they were here.
"""

import asyncio
import json
import struct
import sys
import time
from dataclasses import dataclass, field

from countenance.web.console.frames import TILE

LARGEST = 16 * 2**20


@dataclass
class Counted:
    """What came while it was counted."""

    begin: float
    end: float
    parsed: bool
    bytes: list[int] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)

    async def stream(self, head: str, port: int) -> None:
        """Read one stream until the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=LARGEST)
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer.partition(b"\r\n")[0].decode())
        size = 0
        try:
            async with asyncio.timeout(self.end - time.time()):
                while True:
                    size += await self._part(reader)
        except TimeoutError:
            pass
        self.bytes.append(size)
        writer.close()

    async def _part(self, reader: asyncio.StreamReader) -> int:
        """Bytes of the next part that count. Raises EOFError if the console ended the stream."""
        if not self.parsed:
            data = await reader.read(2**20)
            if not data:
                raise EOFError("the console ended a stream")
            return len(data) if time.time() >= self.begin else 0
        length = int(await reader.readuntil(b"\r\n"), 16)
        data = await reader.readexactly(length + 2)
        now = time.time()
        if now < self.begin:
            return 0
        self.ages += [1000 * now - moment for moment in moments(data[:length])]
        return length


def moments(data: bytes) -> list[int]:
    """The moments of the tiles in a part of a stream, which holds whole frames."""
    found, at = [], 0
    while at < len(data):
        length, kind = struct.unpack_from(">IB", data, at)
        if kind == TILE:
            found.append(struct.unpack_from(">Q", data, at + 6 + data[at + 5])[0])
        at += 4 + length
    return found


async def all_of(order: dict[str, object]) -> Counted:
    """Every stream of the order at once."""
    begin, heads = float(str(order["begin"])), order["heads"]
    assert isinstance(heads, list)
    counted = Counted(begin, begin + float(str(order["seconds"])), bool(order["parsed"]))
    await asyncio.gather(*(counted.stream(head, int(str(order["port"]))) for head in heads))
    return counted


if __name__ == "__main__":
    done = asyncio.run(all_of(json.load(sys.stdin)))
    print(json.dumps({"bytes": done.bytes, "pictures": len(done.ages), "ages": done.ages}))
