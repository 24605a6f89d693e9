"""Admin pages of time: importing this registers them. Session is here, since its actions are verbs of this room."""

from tasks.admin import agents, jobs, machinery, records, sessions

__all__ = ["agents", "jobs", "machinery", "records", "sessions"]
