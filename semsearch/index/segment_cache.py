"""Loaded segments of an index. Its readers share them, so a new commit only loads the segments that it added."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from semsearch.index.segment_files import Segment
    from semsearch.index.segment_part import StoredPart


class SegmentCache:
    """The loaded vectors of segments. Any number of threads may share it."""

    def __init__(self) -> None:
        self._loading = Lock()
        self._parts: dict[Segment, StoredPart] = {}

    def part(self, segment: Segment, load: Callable[[], StoredPart]) -> StoredPart:
        """The vectors of a segment. One thread loads them, while the others wait.

        Args:
            segment: The segment.
            load: Loads its vectors; its errors are passed on.
        """
        with self._loading:
            if segment not in self._parts:
                self._parts[segment] = load()
            return self._parts[segment]

    def forget(self, segment: Segment) -> None:
        """Drop the vectors of a segment from the cache."""
        with self._loading:
            self._parts.pop(segment, None)

    def keep_only(self, segments: Collection[Segment]) -> None:
        """Drop the vectors of all other segments. A reader that uses them keeps them as long as it needs them."""
        with self._loading:
            self._parts = {segment: part for segment, part in self._parts.items() if segment in segments}
