-- A connection keeps its first plan, and its first statement often moves one job: to compare each with each looks cheap
-- then, and stays so for runs of 128. So the old and the new rows are never joined by loop, whatever came first.
ALTER FUNCTION tasks_job_updated() SET enable_nestloop = off;
