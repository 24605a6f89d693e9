ALTER TABLE tasks_dependency
    DROP CONSTRAINT dependency_requires_same_workspace,
    DROP CONSTRAINT dependency_job_same_workspace;
ALTER TABLE tasks_logchunk DROP CONSTRAINT log_job_same_workspace;
ALTER TABLE tasks_toolcall
    DROP CONSTRAINT call_job_same_workspace,
    DROP CONSTRAINT call_in_workspace;
ALTER TABLE tasks_attempt DROP CONSTRAINT attempt_job_same_workspace;
ALTER TABLE tasks_agentjob
    DROP CONSTRAINT job_agent_same_workspace,
    DROP CONSTRAINT job_project_same_workspace,
    DROP CONSTRAINT job_session_same_workspace;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tasks_agentjob', 'tasks_attempt', 'tasks_dependency', 'tasks_event', 'tasks_idempotencykey',
        'tasks_logchunk', 'tasks_toolcall'
    ] LOOP
        EXECUTE format('DROP POLICY tenant ON %I', name);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;
