ALTER TABLE tasks_checkpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasks_checkpoint
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
ALTER TABLE tasks_checkpoint ADD CONSTRAINT checkpoint_job_same_workspace
    FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id);
