"""Where the files of a call may be."""

from __future__ import annotations

from agents.tools.base import ToolContext
from agents.tools.files.confinement import Root

PATH = (
    "A path relative to the job's directory, or an absolute one in it or in a directory granted to the job. "
    "Links that lead out of it are refused."
)


def roots_of(context: ToolContext) -> tuple[Root, ...]:
    """The job's own directory first, then what was granted to it."""
    return (Root(context.directory, write=True), *(Root(grant.path, grant.write) for grant in context.grants))
