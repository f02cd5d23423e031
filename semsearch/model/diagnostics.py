"""What a user should know and need not act on: an unusable cache, a slower runtime. Each is logged once."""

from __future__ import annotations

import logging

_LOG = logging.getLogger("semsearch")
_SAID: set[str] = set()


def warn_once(message: str, *values: object) -> None:
    """Log a warning to the logger ``semsearch``, unless this process has logged the same one.

    Args:
        message: With ``%s`` for values.
        values: What to put there.
    """
    text = message % values if values else message
    if text not in _SAID:
        _SAID.add(text)
        _LOG.warning("%s", text)
