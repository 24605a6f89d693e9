ALTER TABLE tasks_prioritychange ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasks_prioritychange USING (
    workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces())
);
