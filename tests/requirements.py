"""`python -m tests.requirements`: each promise of docs/requirements.md with the tests that keep it.

Fails (exit code 1) where a row that is promised now has no test, or a test names a row that is not there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "requirements.md"
KEPT, IN_PART, LATER = "kept", "in part", "later"
_ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True)
class Promise:
    """A row: its id, its sentence, and how far it is kept."""

    id: str
    sentence: str
    status: str

    @property
    def is_promised_now(self) -> bool:
        return self.status != LATER


def promises() -> list[Promise]:
    """The rows of docs/requirements.md, in its order."""
    return [Promise(*row) for row in _ROW.findall(PAGE.read_text(encoding="utf-8"))]


def keepers() -> dict[str, list[str]]:
    """By the id of a row, the tests that carry its marker, such as `tests/config/test_cli.py::test_help`.

    Read from the source, since importing every test takes a database and its servers.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, ids in _tests_in(ast.parse(path.read_text(encoding="utf-8"))):
            for id in sorted(ids):
                found.setdefault(id, []).append(f"{path.relative_to(TESTS.parent)}::{name}")
    return found


def _tests_in(module: ast.Module) -> Iterator[tuple[str, set[str]]]:
    for prefix, body, inherited in _scopes(module):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield prefix + node.name, inherited | _ids(node.decorator_list)


def _scopes(module: ast.Module) -> Iterator[tuple[str, list[ast.stmt], set[str]]]:
    """The module and its classes: what stands before their tests' names, and the markers that all of them carry."""
    ours = _ids(_pytestmarks(module.body))
    yield "", module.body, ours
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield f"{node.name}::", node.body, ours | _ids([*node.decorator_list, *_pytestmarks(node.body)])


def _pytestmarks(body: list[ast.stmt]) -> list[ast.expr]:
    assignments = [node for node in body if isinstance(node, ast.Assign)]
    return [node.value for node in assignments if any(ast.unparse(target) == "pytestmark" for target in node.targets)]


def _ids(expressions: Iterable[ast.expr]) -> set[str]:
    """What is given to every `…mark.requirement(…)` anywhere in these."""
    calls = [node for expression in expressions for node in ast.walk(expression) if isinstance(node, ast.Call)]
    markers = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "requirement"]
    return {ast.literal_eval(argument) for marker in markers for argument in marker.args}


def main() -> int:
    rows, tests = promises(), keepers()
    for row in rows:
        print(f"{row.id:4} {row.status:8} {row.sentence}")
        for test in tests.get(row.id, []):
            print(f"{'':14}{test}")
    promised = [row for row in rows if row.is_promised_now]
    bare = [row.id for row in promised if row.id not in tests]
    unknown = sorted(tests.keys() - {row.id for row in rows})
    print(f"\n{len(promised)} of {len(rows)} rows are promised now; {len(promised) - len(bare)} of these have a test.")
    if bare:
        print(f"Without a test: {', '.join(bare)}.")
    if unknown:
        print(f"Named by a test, but no row of {PAGE.name}: {', '.join(unknown)}.")
    return 1 if bare or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
