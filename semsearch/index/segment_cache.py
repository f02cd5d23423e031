"""Loaded segments of an index, which its readers share: a new commit loads only what it added."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from semsearch.index.segment_part import StoredPart
    from semsearch.index.segments import Segment


class SegmentCache:
    """The vectors of segments, by what the segments are. Any number of threads may share it."""

    def __init__(self) -> None:
        self._loading = Lock()
        self._parts: dict[Segment, StoredPart] = {}

    def part(self, segment: Segment, load: Callable[[], StoredPart]) -> StoredPart:
        """The vectors of a segment; loaded by one thread, while the others wait.

        Args:
            segment: Which one.
            load: Loads it.
        """
        with self._loading:
            if segment not in self._parts:
                self._parts[segment] = load()
            return self._parts[segment]

    def forget(self, segment: Segment) -> None:
        """Let go of the vectors of a segment."""
        with self._loading:
            self._parts.pop(segment, None)

    def keep_only(self, segments: Collection[Segment]) -> None:
        """Let go of the vectors of all other segments; an older reader that is in use has its own hold on them."""
        with self._loading:
            self._parts = {segment: part for segment, part in self._parts.items() if segment in segments}
