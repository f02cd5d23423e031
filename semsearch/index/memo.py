"""Keeps what is computed from one commit of an index, so that all threads compute it once."""

from __future__ import annotations

from threading import Lock, RLock
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from semsearch.model.filters import Filter

    Mask = NDArray[np.bool_]

T = TypeVar("T")
#: Number of filters whose masks are kept.
_MASKS = 16


class Memo:
    """Values by name, and masks by filter. Any number of threads may share one."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}
        self._locks: dict[str, RLock] = {}
        self._masks: dict[Filter, Mask] = {}
        self._lock = Lock()

    def once(self, name: str, make: Callable[[], T]) -> T:
        """The value of a name. The first thread that asks makes it, while other threads wait for this name.

        Args:
            name: Name of the value.
            make: Makes it.
        """
        if name not in self._values:
            with self._lock:
                making = self._locks.setdefault(name, RLock())
            with making:
                if name not in self._values:
                    self._values[name] = make()
        return self._values[name]  # type: ignore[return-value]  # the result of `make`

    def mask(self, condition: Filter, make: Callable[[], Mask]) -> Mask:
        """The mask of a filter, bool ``(rows,)``. The masks of the last filters are kept.

        Args:
            condition: The filter.
            make: Makes its mask, bool ``(rows,)``.
        """
        with self._lock:
            found = self._masks.get(condition)
        if found is None:
            found = make()
            with self._lock:
                while len(self._masks) >= _MASKS:
                    self._masks.pop(next(iter(self._masks)))
                found = self._masks.setdefault(condition, found)
        return found
