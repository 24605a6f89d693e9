"""Time: jobs, states, scheduling, dispatch, execution, events, and every way in."""

from __future__ import annotations

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = "Jobs"
