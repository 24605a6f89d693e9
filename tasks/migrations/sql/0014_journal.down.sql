DROP FUNCTION tasks_answer_call(uuid, int, text, jsonb, text, text, text, text);
ALTER TABLE tasks_sessiongrant DROP CONSTRAINT grant_session_same_workspace;
ALTER TABLE tasks_workarchive DROP CONSTRAINT archive_job_same_workspace;
DROP POLICY tenant ON tasks_sessiongrant;
DROP POLICY tenant ON tasks_workarchive;
ALTER TABLE tasks_sessiongrant DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasks_workarchive DISABLE ROW LEVEL SECURITY;
