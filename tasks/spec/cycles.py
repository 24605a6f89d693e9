"""What the tasks of a batch wait for: keys that exist, once each, and no circle."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from tasks.spec.errors import Code, InvalidSpec, Problem
from tasks.spec.fields import is_job_id
from tasks.spec.model import TaskSpec
from tasks.spec.paths import Path

_MOST_NAMED = 12  # tasks of a circle in its sentence


class Node(NamedTuple):
    """What matters here of one task; its path is where it stands in the document."""

    key: str | None
    depends_on: Sequence[str]
    path: Path


def order(specs: Sequence[TaskSpec]) -> list[TaskSpec]:
    """The specs so that each stands behind all of the batch that it depends on, else in the order given.

    Raises InvalidSpec for a key used twice, a dependency that is neither a key here nor a job's id, and a circle.
    """
    nodes = [Node(spec.key, spec.depends_on, ("tasks", index)) for index, spec in enumerate(specs)]
    if found := problems(nodes):
        raise InvalidSpec([problem.detail() for problem in found])
    return [specs[index] for index in _sorted(_dependencies(nodes))]


def problems(nodes: Sequence[Node]) -> list[Problem]:
    """What is wrong between the tasks of one batch."""
    if not any(node.key or node.depends_on for node in nodes):
        return []
    return _twice(nodes) + _unknown(nodes) or _circle(nodes)


def _twice(nodes: Sequence[Node]) -> list[Problem]:
    first: dict[str, int] = {}
    found = []
    for index, node in enumerate(nodes):
        if node.key is not None and (earlier := first.setdefault(node.key, index)) != index:
            sentence = f'The key "{node.key}" is already that of tasks[{earlier}]; give each task a key of its own.'
            found.append(Problem((*node.path, "key"), Code.DUPLICATE_KEY, sentence))
    return found


def _unknown(nodes: Sequence[Node]) -> list[Problem]:
    keys = {node.key for node in nodes}
    return [
        Problem(
            (*node.path, "depends_on", place),
            Code.UNKNOWN_DEPENDENCY,
            f'"{name}" is neither the key of a task submitted together with this one nor a job\'s id; '
            "correct it, or add the task with that key.",
        )
        for node in nodes
        for place, name in enumerate(node.depends_on)
        if name not in keys and not is_job_id(name)
    ]


def _dependencies(nodes: Sequence[Node]) -> list[list[int]]:
    """For each task the indexes of those of the batch that it depends on."""
    by_key = {node.key: index for index, node in enumerate(nodes) if node.key is not None}
    return [[by_key[name] for name in node.depends_on if name in by_key] for node in nodes]


def _sorted(dependencies: list[list[int]]) -> list[int]:
    """Kahn's algorithm; shorter than the input if there is a circle."""
    dependants: list[list[int]] = [[] for _ in dependencies]
    for index, needed in enumerate(dependencies):
        for other in needed:
            dependants[other].append(index)
    missing = [len(needed) for needed in dependencies]
    ready = deque(index for index, count in enumerate(missing) if count == 0)
    done = []
    while ready:
        index = ready.popleft()
        done.append(index)
        for dependant in dependants[index]:
            missing[dependant] -= 1
            if missing[dependant] == 0:
                ready.append(dependant)
    return done


def _circle(nodes: Sequence[Node]) -> list[Problem]:
    dependencies = _dependencies(nodes)
    free = set(_sorted(dependencies))
    place = next((index for index in range(len(nodes)) if index not in free), None)
    if place is None:
        return []
    # Each one that is not free depends on another such: walking along comes back to a place seen before.
    walked: dict[int, int] = {}
    while place not in walked:
        walked[place] = len(walked)
        place = next(other for other in dependencies[place] if other not in free)
    circle = [index for index, when in walked.items() if when >= walked[place]]
    names = [str(nodes[index].key) for index in [*circle, place]]
    if len(names) > _MOST_NAMED:
        half = _MOST_NAMED // 2
        names = [*names[:half], "…", *names[-half:]]
    sentence = f"The tasks wait for each other: {' → '.join(names)}; remove one of these dependencies."
    return [Problem((*nodes[place].path, "depends_on"), Code.DEPENDENCY_CYCLE, sentence)]
