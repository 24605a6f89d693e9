DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tasks_child', 'tasks_spending'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) '
            'OR (SELECT interlock_all_workspaces()))', name);
        EXECUTE format(
            'ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (workspace_id, job_id) '
            'REFERENCES tasks_agentjob (workspace_id, id)', name, replace(name, 'tasks_', '') || '_job_same_workspace');
    END LOOP;
END $$;
ALTER TABLE tasks_child ADD CONSTRAINT child_parent_same_workspace
    FOREIGN KEY (workspace_id, parent_id) REFERENCES tasks_agentjob (workspace_id, id);

-- What the children of a job take of its budget. One that is on its way, or waits for children of its own, holds all that
-- it may use; any other what it and its children have used.
CREATE FUNCTION tasks_outlay(of_job uuid) RETURNS TABLE (tokens bigint, cost numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT coalesce(sum(greatest(used.tokens, CASE WHEN held.held THEN job.token_budget END)), 0)::bigint,
           coalesce(sum(greatest(used.cost, CASE WHEN held.held THEN job.cost_budget END)), 0)
    FROM public.tasks_child child JOIN public.tasks_agentjob job ON job.id = child.job_id
    CROSS JOIN LATERAL public.tasks_spent(job.id) AS used
    CROSS JOIN LATERAL (SELECT public.tasks_holds_budget(job.id, job.state) AS held) AS held
    WHERE child.parent_id = of_job AND child.shares_budget;
END $$;

-- What a job and its children have used, and what these hold.
CREATE FUNCTION tasks_spent(of_job uuid) RETURNS TABLE (tokens bigint, cost numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT coalesce(own.tokens, 0) + below.tokens, coalesce(own.cost, 0) + below.cost
    FROM public.tasks_outlay(of_job) AS below LEFT JOIN public.tasks_spending own ON own.job_id = of_job;
END $$;

CREATE FUNCTION tasks_holds_budget(of_job uuid, state text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN state IN ('queued', 'running') OR (state = 'suspended' AND EXISTS (
        SELECT FROM public.tasks_child child JOIN public.tasks_agentjob job ON job.id = child.job_id
        WHERE child.parent_id = of_job AND job.state NOT IN ('completed', 'failed', 'cancelled')));
END $$;

-- What is left of a job's budget for others, itself and all above it considered; null is no limit.
CREATE FUNCTION tasks_left(of_job uuid) RETURNS TABLE (tokens bigint, cost numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT least(job.token_budget - used.tokens, above.tokens), least(job.cost_budget - used.cost, above.cost)
    FROM public.tasks_agentjob job CROSS JOIN LATERAL public.tasks_spent(job.id) AS used
    LEFT JOIN public.tasks_child child ON child.job_id = job.id AND child.shares_budget
          AND NOT public.tasks_holds_budget(job.id, job.state)
    LEFT JOIN LATERAL public.tasks_left(child.parent_id) AS above ON child.parent_id IS NOT NULL
    WHERE job.id = of_job;
END $$;

-- How much a job that runs may use itself: its own limits, less what its children take, and no more than what is left above
-- with what it holds there. Null is no limit; below zero, others used more than they held.
CREATE FUNCTION tasks_allowance(of_job uuid) RETURNS TABLE (tokens bigint, cost numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT least(job.token_budget, above.tokens + greatest(job.token_budget, used.tokens)) - below.tokens,
           least(job.cost_budget, above.cost + greatest(job.cost_budget, used.cost)) - below.cost
    FROM public.tasks_agentjob job CROSS JOIN LATERAL public.tasks_outlay(job.id) AS below
    CROSS JOIN LATERAL public.tasks_spent(job.id) AS used
    LEFT JOIN public.tasks_child child ON child.job_id = job.id AND child.shares_budget
    LEFT JOIN LATERAL public.tasks_left(child.parent_id) AS above ON child.parent_id IS NOT NULL
    WHERE job.id = of_job;
END $$;

-- What a job and its children have used and nobody gives back; without what those hold.
CREATE FUNCTION tasks_spent_for_good(of_job uuid) RETURNS TABLE (tokens bigint, cost numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT (coalesce(sum(own.tokens), 0) + coalesce(sum(used.tokens), 0))::bigint,
           coalesce(sum(own.cost), 0) + coalesce(sum(used.cost), 0)
    FROM (
        SELECT spending.tokens, spending.cost, NULL::uuid AS child FROM public.tasks_spending spending WHERE spending.job_id = of_job
        UNION ALL
        SELECT 0, 0, child.job_id FROM public.tasks_child child WHERE child.parent_id = of_job AND child.shares_budget
    ) AS own LEFT JOIN LATERAL public.tasks_spent(own.child) AS used ON own.child IS NOT NULL;
END $$;
