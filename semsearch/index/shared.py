"""What the snapshots of an index share, in any number of threads: loaded segments, and what was worked out of a state.

The vectors of a state, its row numbers and its filters belong together. A snapshot therefore asks once for what belongs
to its own state and keeps that, whatever state other threads read meanwhile.
"""

from __future__ import annotations

import weakref
from threading import Lock, RLock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.index.segment_part import StoredPart
    from semsearch.index.segments import Segment
    from semsearch.model.filters import Filter

    Mask = NDArray[np.bool_]

T = TypeVar("T")
#: Filters of a state whose masks are kept.
_MASKS = 16


class Kept:
    """What was worked out for one state of an index."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._values: dict[str, object] = {}
        self._masks: dict[Filter, Mask] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """The value of a name. The first thread that asks makes it, the others wait for that."""
        with self._lock:
            if name not in self._values:
                self._values[name] = make()
            return self._values[name]  # type: ignore[return-value]  # what `make` gave

    def mask(self, condition: Filter, make: Callable[[], Mask]) -> Mask:
        """The mask of a filter; of the last filters only. Threads make masks side by side."""
        with self._lock:
            found = self._masks.get(condition)
        if found is None:
            found = make()
            with self._lock:
                while len(self._masks) >= _MASKS:
                    self._masks.pop(next(iter(self._masks)))
                found = self._masks.setdefault(condition, found)
        return found


class Shared:
    """Segments by what they are, and `Kept` by state."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest: Kept | None = None
        #: States that a snapshot reads at the moment, and the latest one.
        self._states: weakref.WeakValueDictionary[Hashable, Kept] = weakref.WeakValueDictionary()
        self._loading = Lock()
        self._parts: dict[Segment, StoredPart] = {}

    def of_state(self, state: Hashable) -> Kept:
        """What is kept of a state, as long as something reads it or it is the one that was asked for last."""
        with self._lock:
            found = self._states.get(state)
            if found is None:
                self._states[state] = found = Kept()
            self._latest = found
            return found

    def part(self, segment: Segment, load: Callable[[], StoredPart]) -> StoredPart:
        """The vectors of a segment; loaded by one thread, while the others wait."""
        with self._loading:
            if segment not in self._parts:
                self._parts[segment] = load()
            return self._parts[segment]

    def forget(self, segment: Segment) -> None:
        """Let go of the vectors of a segment."""
        with self._loading:
            self._parts.pop(segment, None)

    def keep_only(self, segments: Collection[Segment]) -> None:
        """Let go of the vectors of all other segments; an older state that is still read has its own hold on them."""
        with self._loading:
            self._parts = {segment: part for segment, part in self._parts.items() if segment in segments}
