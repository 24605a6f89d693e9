ALTER TABLE tasks_checkpoint DROP CONSTRAINT checkpoint_job_same_workspace;
DROP POLICY tenant ON tasks_checkpoint;
ALTER TABLE tasks_checkpoint DISABLE ROW LEVEL SECURITY;
