ALTER TABLE tasks_cancellation ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasks_cancellation USING (
    workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces())
);
