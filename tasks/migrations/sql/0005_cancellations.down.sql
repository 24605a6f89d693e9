DROP POLICY tenant ON tasks_cancellation;
ALTER TABLE tasks_cancellation DISABLE ROW LEVEL SECURITY;
