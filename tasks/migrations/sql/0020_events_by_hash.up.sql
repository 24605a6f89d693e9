-- Workers and dispatcher forbid themselves hash joins, so that what finds a few rows by their ids never reads a table whole.
-- Between the old and the new rows of a statement, which have no index, that meant to compare each with each: of a run of 128
-- jobs 16,384 pairs, twice, which was a quarter of what Postgres did for a short job.
ALTER FUNCTION tasks_job_updated() SET enable_hashjoin = on;
