"""`python -m tests.docs.endpoints`: the table of docs/api.md, made from the OpenAPI document."""

from __future__ import annotations

import sys

METHODS = ("get", "post", "put", "patch", "delete")


def table() -> str:
    """One row for each operation, in the order of the document. Django must be awake."""
    from drf_spectacular.generators import SchemaGenerator

    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    rows = [
        f"| {method.upper()} | `{path}` | {operations[method]['summary']} |\n"
        for path, operations in paths.items()
        for method in METHODS
        if method in operations
    ]
    return "".join(rows)


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(table())
