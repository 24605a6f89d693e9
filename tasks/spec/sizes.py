"""How large a submission may be."""

from __future__ import annotations

MIB = 1024 * 1024

JOB_BYTES = 1 * MIB
BATCH_BYTES = 32 * MIB
BATCH_JOBS = 5_000

DEPTH = 64  # levels of nesting in a document
COMMAND_ARGUMENTS = 10_000
STEPS = 1_000
DEPENDENCIES = 5_000
FILES = 1_000
TAGS = 50
ENVIRONMENT = 1_000
TOOLS = 200
