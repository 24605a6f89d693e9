"""What machines do, now and over time."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tasks.api.shapes.base import Shape


class Look(Shape):
    """Means over one step; null where nothing was measured."""

    at: datetime = Field(description="The beginning of the step.")
    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None
    disk_free_mb: float | None
    disk_mbs: float | None = Field(description="Read and written.")
    network_mbs: float | None = Field(description="Received and sent.")
    connections: float | None = Field(description="TCP connections of the machine.")
    running: float | None = Field(description="Slots that are taken.")
    queued: float | None = Field(description="Of the queue alone: jobs that wait.")


class MachineOf(Shape):
    """A worker's machine, or the queue as a whole."""

    worker: str | None = Field(description="The worker's id; null for the queue as a whole.")
    name: str
    slots: int | None
    slot_limit: int | None = Field(description="How many jobs it gets now, where its machine is under load.")
    limited_by: str = Field(description="Why, in words.", examples=["CPU at 99 %, of at most 98 %"])
    looks: list[Look]


class Maxima(Shape):
    """What a machine may use before its work is limited; null is no limit."""

    cpu_percent: float | None
    memory_percent: float | None
    disk_mbs: float | None
    network_mbs: float | None
    min_disk_free_mb: float | None


class Resources(Shape):
    since: datetime
    until: datetime
    step_seconds: int
    maxima: Maxima
    closed_priorities: list[str] = Field(description="Those that start nowhere now.", examples=[["P4"]])
    limited_by: str
    machines: list[MachineOf]
