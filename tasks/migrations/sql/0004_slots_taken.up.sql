-- How many slots of each worker are taken, whoever's jobs they are: the one number of other tenants that a page needs
-- to say truly why a job waits. Nothing else of those jobs is told.
CREATE FUNCTION tasks_slots_taken() RETURNS TABLE (worker text, taken bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE WHEN state = 'running' THEN worker_id ELSE handed_to END, count(DISTINCT coalesce(run, id))
    FROM public.tasks_agentjob WHERE state = 'running' OR (state = 'queued' AND handed_to <> '')
    GROUP BY 1
$$;
