"""Housekeeping of approvals."""

from __future__ import annotations

from celery import shared_task

from approvals import expiry


@shared_task(name="approvals.sweep", ignore_result=True)
def sweep() -> None:
    """Every few seconds; `approvals.expiry` says what is due."""
    expiry.sweep()
