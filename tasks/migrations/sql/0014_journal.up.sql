DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tasks_workarchive', 'tasks_sessiongrant'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) '
            'OR (SELECT interlock_all_workspaces()))', name);
    END LOOP;
END $$;

ALTER TABLE tasks_workarchive ADD CONSTRAINT archive_job_same_workspace
    FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id);
ALTER TABLE tasks_sessiongrant ADD CONSTRAINT grant_session_same_workspace
    FOREIGN KEY (workspace_id, session_id) REFERENCES agents_session (workspace_id, id);

-- The journal is the platform's alone to write. What the web may do to it is to answer a call that waits for an answer:
-- grant it with its arguments as decided, deny it, or ask about it once more.
CREATE FUNCTION tasks_answer_call(
    asked uuid, number int, answer text, as_decided jsonb, bound_to text, by_rule text, because text, who text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF answer NOT IN ('granted', 'denied', 'asked') THEN
        RAISE EXCEPTION 'A call cannot be answered with %.', answer USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.tasks_toolcall
    SET state = answer,
        arguments = coalesce(as_decided, arguments),
        outcome = coalesce(bound_to, outcome),
        rule = coalesce(by_rule, rule),
        why = CASE WHEN answer = 'asked' THEN left(because, 500) ELSE why END,
        error = CASE WHEN answer = 'denied' THEN because ELSE error END,
        asks = asks + CASE WHEN answer = 'asked' THEN 1 ELSE 0 END,
        decided_by = CASE WHEN answer = 'asked' THEN '' ELSE left(who, 200) END,
        decided_at = CASE WHEN answer = 'asked' THEN NULL ELSE clock_timestamp() END
    WHERE id = asked AND state = 'asked' AND asks = number
      AND (workspace_id = ANY ((SELECT public.interlock_workspaces())::uuid[])
           OR (SELECT public.interlock_all_workspaces()));
    RETURN FOUND;
END $$;
