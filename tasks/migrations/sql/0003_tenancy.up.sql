DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'tasks_agentjob', 'tasks_attempt', 'tasks_dependency', 'tasks_event', 'tasks_idempotencykey',
        'tasks_logchunk', 'tasks_toolcall'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) '
            'OR (SELECT interlock_all_workspaces()))', name);
    END LOOP;
END $$;

ALTER TABLE tasks_agentjob
    ADD CONSTRAINT job_session_same_workspace
        FOREIGN KEY (workspace_id, session_id) REFERENCES agents_session (workspace_id, id),
    ADD CONSTRAINT job_project_same_workspace
        FOREIGN KEY (workspace_id, project_id) REFERENCES agents_project (workspace_id, id),
    ADD CONSTRAINT job_agent_same_workspace
        FOREIGN KEY (workspace_id, agent_id) REFERENCES agents_agent (workspace_id, id);
ALTER TABLE tasks_attempt ADD CONSTRAINT attempt_job_same_workspace
    FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id);
ALTER TABLE tasks_toolcall
    ADD CONSTRAINT call_in_workspace UNIQUE (workspace_id, id),
    ADD CONSTRAINT call_job_same_workspace
        FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id);
ALTER TABLE tasks_logchunk ADD CONSTRAINT log_job_same_workspace
    FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id);
ALTER TABLE tasks_dependency
    ADD CONSTRAINT dependency_job_same_workspace
        FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id),
    ADD CONSTRAINT dependency_requires_same_workspace
        FOREIGN KEY (workspace_id, requires_id) REFERENCES tasks_agentjob (workspace_id, id);
