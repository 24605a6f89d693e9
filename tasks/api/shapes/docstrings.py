"""What the strings below a shape's fields say of them, for its JSON Schema.

Pydantic's own `use_attribute_docstrings` finds the source of each class while it is made, by the frames on the stack:
that was half of the time in which a process that answers the API starts.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from itertools import pairwise


def described(shape: type, base: type) -> dict[str, str]:
    """The fields of a class, and of those between it and `base`, where a string below them describes them."""
    found: dict[str, str] = {}
    for each in reversed(shape.__mro__[: shape.__mro__.index(base)]):
        found |= _in_module(each.__module__).get(each.__name__, {})
    return found


@cache
def _in_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """By class."""
    try:
        source = inspect.getsource(sys.modules[name])
    except (KeyError, OSError, TypeError):  # it has none here
        return {}
    return {node.name: _of(node) for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}


def _of(node: ast.ClassDef) -> dict[str, str]:
    return {
        field.target.id: inspect.cleandoc(string.value.value)
        for field, string in pairwise(node.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(string, ast.Expr)
        and isinstance(string.value, ast.Constant)
        and isinstance(string.value.value, str)
    }
