"""Hands jobs to workers: one leader at a time, driven by the event log, into free slots only."""
