ALTER FUNCTION tasks_job_updated() RESET enable_nestloop;
