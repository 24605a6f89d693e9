"""The rail on the left. Only what exists stands there; other rooms add their pages with `add`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.http import HttpRequest


@dataclass(frozen=True)
class Item:
    """One entry. `order` is its place; a new hundred begins below a line. `shown` decides for whom it is there."""

    order: int
    label: str
    url: str
    icon: str
    key: str = ""
    shown: Callable[[HttpRequest], bool] = lambda request: True
    current: bool = False
    apart: bool = False


def _staff(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_staff", False))


_items: list[Item] = [
    Item(100, "Tasks", "/tasks/", "tasks", "g t"),
    Item(200, "Queues (Flower)", "/admin/queues/", "flower", shown=_staff),
    Item(210, "Admin", "/admin/", "admin", shown=_staff),
    Item(220, "API", "/api/docs/", "book"),
]


def add(item: Item) -> None:
    """Put a page of another room into the rail; called once, when its app is ready."""
    _items.append(item)
    _items.sort(key=lambda one: one.order)


def navigation(request: HttpRequest) -> list[Item]:
    shown = [item for item in _items if item.shown(request)]
    return [
        replace(
            item,
            current=request.path.startswith(item.url),
            apart=place > 0 and item.order // 100 > shown[place - 1].order // 100,
        )
        for place, item in enumerate(shown)
    ]
