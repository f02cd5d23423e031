"""What is made anew in a child process after ``fork``: locks that another thread held, and what it had half done.

Only the thread that forks goes on in the child. A lock that another one held is never let go of there.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator


class ForkAware(Protocol):
    """An object that has locks, or things that a child must not touch."""

    def after_fork(self) -> None:
        """Make them anew; called in the child, before anything else runs there."""
        ...


Kind = TypeVar("Kind", bound=ForkAware)
_KNOWN: weakref.WeakSet[ForkAware] = weakref.WeakSet()


def fork_aware(thing: Kind) -> Kind:
    """Have ``after_fork`` of an object called in every child process, as long as the object lives.

    Args:
        thing: The object; returned as it is.
    """
    _KNOWN.add(thing)
    return thing


def _after_fork() -> None:
    for thing in list(_KNOWN):
        thing.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class ForkSafeLock:
    """A lock that is free in a child process, whoever held it in the parent. For locks of modules.

    Args:
        make: `threading.Lock` or `threading.RLock`.
    """

    def __init__(self, make: object) -> None:
        self._make = make
        self.after_fork()
        fork_aware(self)

    def after_fork(self) -> None:
        """See `ForkAware`."""
        self._lock = self._make()  # type: ignore[operator]

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _Gate:
    """Lets a fork wait until no thread is inside a library whose locks a child could not get."""

    def __init__(self) -> None:
        self._mine = threading.local()
        self._begin(0)

    def _begin(self, inside: int) -> None:
        self._changed = threading.Condition()
        self._inside, self._forking = inside, False

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        depth = getattr(self._mine, "depth", 0)
        if not depth:
            with self._changed:
                while self._forking:
                    self._changed.wait()
                self._inside += 1
        self._mine.depth = depth + 1
        try:
            yield
        finally:
            self._mine.depth = depth
            if not depth:
                with self._changed:
                    self._inside -= 1
                    self._changed.notify_all()

    def before(self) -> None:
        """Wait for the others; nobody enters until the fork is done, since its thread holds the condition."""
        self._changed.acquire()
        self._forking = True
        own = self._own()
        self._changed.wait_for(lambda: self._inside <= own, _PATIENCE)

    def after_in_parent(self) -> None:
        self._forking = False
        self._changed.notify_all()
        self._changed.release()

    def after_in_child(self) -> None:
        self._begin(self._own())

    def _own(self) -> int:
        return int(getattr(self._mine, "depth", 0) > 0)


#: Seconds that a fork waits for other threads at most.
_PATIENCE = 10.0
_GATE = _Gate()
#: For the time of a ``with`` block, no other thread of this process forks. For calls of SQLite, which has locks of its
#: own for the whole process: a child that is forked while another thread holds one would wait for it for ever.
no_fork = _GATE.closed

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_GATE.before, after_in_parent=_GATE.after_in_parent, after_in_child=_GATE.after_in_child)
