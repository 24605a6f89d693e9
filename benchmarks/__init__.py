"""Measurements: `make bench` compares with other queues, the other modules measure single parts."""
