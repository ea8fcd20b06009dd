"""A slow line on loopback: hands on what it gets, so many milliseconds later in each direction, and keeps the order.

python benchmarks/delay.py PORT TO_PORT MILLISECONDS
"""

import asyncio
import sys
from collections import deque


class Half(asyncio.Protocol):
    """One direction: what comes in here goes out at the other half when its time has come."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.waits: deque[bytes] = deque()
        self.transport: asyncio.Transport | None = None
        self.other: Half | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._later(data)

    def connection_lost(self, error: Exception | None) -> None:
        self._later(b"")

    def _later(self, data: bytes) -> None:
        self.waits.append(data)
        # Two timers of the same moment may fire in either order: each takes what is first in the row.
        asyncio.get_running_loop().call_later(self.seconds, self._go)

    def _go(self) -> None:
        data, out = self.waits.popleft(), self.other.transport if self.other else None
        if out is None or out.is_closing():
            return
        if data:
            out.write(data)
        else:
            out.close()


async def serve(port: int, to: int, seconds: float) -> None:
    """Never returns."""
    loop = asyncio.get_running_loop()

    class Near(Half):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            loop.create_task(self.reach()).add_done_callback(lambda task: task.result())

        async def reach(self) -> None:
            self.other = Half(seconds)
            self.other.other = self
            await loop.create_connection(lambda: self.other, "127.0.0.1", to)  # type: ignore[arg-type,return-value]

    server = await loop.create_server(lambda: Near(seconds), "127.0.0.1", port, backlog=1000)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
