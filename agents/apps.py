"""Who and what: workspaces, projects, sessions, agents, policy, tools and sandboxes."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgentsConfig(AppConfig):
    name = "agents"
    verbose_name = "Agents and workspaces"

    def ready(self) -> None:
        from agents import database_role  # the app registry must be full before models are read

        post_migrate.connect(database_role.after_migrate, sender=self)
