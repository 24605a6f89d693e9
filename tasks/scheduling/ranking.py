"""Members in order of a key that may change: a heap that forgets lazily."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

Member = TypeVar("Member")
Entry = tuple[Any, ...]
"""The parts of the key, a serial number, so that members are never compared, and the member."""


class Ranking(Generic[Member]):
    """Put, drop and first are O(log n), spread over the calls.

    An entry that was replaced or dropped stays in the heap until it comes to the top, or until such entries
    are more than half of it.
    """

    __slots__ = ("_entries", "_heap", "_serial")

    def __init__(self) -> None:
        self._serial = count()
        self._heap: list[Entry] = []
        self._entries: dict[Member, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, member: Member) -> bool:
        return member in self._entries

    def __iter__(self) -> Iterator[Entry]:
        """The entries, in no order."""
        return iter(self._entries.values())

    def put(self, member: Member, *key: Any) -> None:
        """Add the member, or move it to a new place. The key is unique among the members."""
        entry = self._entries[member] = (*key, next(self._serial), member)
        heappush(self._heap, entry)
        if len(self._heap) > 2 * len(self._entries) + 64:
            self._heap = list(self._entries.values())
            heapify(self._heap)

    def drop(self, member: Member) -> None:
        self._entries.pop(member, None)

    def first(self) -> Entry | None:
        """The entry with the least key; it stays."""
        heap, entries = self._heap, self._entries
        while heap:
            entry = heap[0]
            if entries.get(entry[-1]) is entry:
                return entry
            heappop(heap)
        return None

    def get(self, member: Member) -> Entry | None:
        return self._entries.get(member)

    def before(self, place: Entry | None) -> int:
        """How many are before this place, at the cost of looking at all of them."""
        return 0 if place is None else sum(entry < place for entry in self._entries.values())
