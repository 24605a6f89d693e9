-- A submission in one statement, to a workspace and a session as the submitter remembers them. It runs as who calls it,
-- bound by row-level security as ever. Raises IL001 where one of the two rows was written since; the session is locked as a
-- submission locks it, so that nobody closes it before the jobs are there.
CREATE FUNCTION tasks_submit_at_once(
    actor text, home uuid, home_mark text, of_session uuid, session_mark text, jobs jsonb, told text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.set_config('interlock.workspaces', '{' || home || '}', true),
            pg_catalog.set_config('interlock.actor', actor, true),
            pg_catalog.set_config('interlock.reason', '', true),
            pg_catalog.set_config('interlock.all_workspaces', '', true);
    PERFORM FROM public.agents_session session
        WHERE session.id = of_session AND session.workspace_id = home AND session.xmin::text = session_mark
          AND EXISTS (SELECT FROM public.agents_workspace place WHERE place.id = home AND place.xmin::text = home_mark)
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The workspace or the session has changed.' USING ERRCODE = 'IL001';
    END IF;
    INSERT INTO public.tasks_agentjob
        SELECT * FROM pg_catalog.jsonb_populate_recordset(NULL::public.tasks_agentjob, jobs);
    PERFORM pg_catalog.pg_notify('interlock_jobs', told);
END $$;
