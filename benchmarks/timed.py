"""Runs `newsletter` as it is typed, and keeps in a file how long its sending took: python timed.py FILE WORDS…

The sending is the door `send_due`: the lines are opened, every message is made, claimed, sent and its receipt
kept, the lines are closed. The start of Python, the reading and checking of the issue and the queueing are not in it.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from newsletter import outbox
from newsletter.cli import main

_SEND = outbox.send_due


def timed(*arguments: Any, **more: Any) -> Any:
    """As `send_due`."""
    begun, before = time.perf_counter(), time.process_time()
    try:
        return _SEND(*arguments, **more)
    finally:
        took = {"seconds": time.perf_counter() - begun, "processor": time.process_time() - before}
        Path(sys.argv[0]).write_text(json.dumps(took))


if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    outbox.send_due = timed
    main()
