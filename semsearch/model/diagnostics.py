"""Warnings that are logged once per process, to the logger ``semsearch``: an unusable cache, a slower runtime."""

from __future__ import annotations

import logging

_LOG = logging.getLogger("semsearch")
_SAID: set[str] = set()


def warn_once(message: str, *values: object) -> None:
    """Log a warning to the logger ``semsearch``, unless this process has logged the same text before.

    Args:
        message: The warning, with ``%s`` where a value belongs.
        values: The values.
    """
    text = message % values if values else message
    if text not in _SAID:
        _SAID.add(text)
        _LOG.warning("%s", text)
