"""Workspaces: made and found by their slug."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from agents.errors import Conflict, InvalidInput, NotFound
from agents.models import Workspace


def create(slug: str, name: str = "") -> Workspace:
    """A new, empty workspace. Raises Conflict for a slug that is taken, InvalidInput for one that cannot be."""
    if Workspace.objects.filter(slug=slug).exists():
        raise Conflict(f"There is a workspace {slug} already; take another slug.")
    workspace = Workspace(slug=slug, name=name or slug)
    try:
        workspace.full_clean()
    except ValidationError as error:
        sentence = " ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        raise InvalidInput(f"The workspace cannot be made: {sentence}") from None
    workspace.save()
    return workspace


def find(slug: str) -> Workspace:
    """The workspace of that slug. Raises NotFound, which names those there are."""
    workspace = Workspace.objects.filter(slug=slug).first()
    if workspace is None:
        known = ", ".join(Workspace.objects.order_by("slug").values_list("slug", flat=True)[:10])
        hint = f"there are {known}" if known else f"make it with `interlock workspace create {slug}`"
        raise NotFound(f"There is no workspace {slug}; {hint}.")
    return workspace
