"""People: what waits for somebody's decision."""

from __future__ import annotations

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "approvals"
    verbose_name = "Approvals"

    def ready(self) -> None:
        """Hear what the rooms below tell, and tell them what only this one knows."""
        from approvals import explaining, requesting
        from tasks import explain, signals

        signals.asked.connect(requesting.on_asked, dispatch_uid="approvals")
        explain.who_decides = explaining.waiting_for
        explain.asked_about = explaining.asked_about
