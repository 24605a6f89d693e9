"""The tools with which a job hands work to other jobs."""
