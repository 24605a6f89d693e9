ALTER TABLE approvals_approvalrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approvals_approvalrequest
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
ALTER TABLE approvals_approvalrequest
    ADD CONSTRAINT approval_job_same_workspace
        FOREIGN KEY (workspace_id, job_id) REFERENCES tasks_agentjob (workspace_id, id) ON DELETE CASCADE,
    ADD CONSTRAINT approval_call_same_workspace
        FOREIGN KEY (workspace_id, call_id) REFERENCES tasks_toolcall (workspace_id, id) ON DELETE CASCADE;
