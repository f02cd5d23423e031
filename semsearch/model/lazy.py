"""A property that is worked out once for each object, without a lock.

`functools.cached_property` has one lock for all objects of a class up to Python 3.11: threads wait for each other
although they work on different objects, and a child process waits for ever if another thread held it at the ``fork``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801 - a decorator, as property is
    """Works a value out when it is asked for first, and keeps it. Two threads that ask at once both work it out.

    Args:
        make: The method that works it out.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> lazy[T] | T:
        if instance is None:
            return self
        # Python asks for this only where the object has no attribute of the name yet.
        value = vars(instance)[self._name] = self._make(instance)
        return value
