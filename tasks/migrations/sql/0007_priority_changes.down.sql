DROP POLICY tenant ON tasks_prioritychange;
ALTER TABLE tasks_prioritychange DISABLE ROW LEVEL SECURITY;
