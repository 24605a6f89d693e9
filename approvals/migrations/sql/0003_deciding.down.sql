DROP TRIGGER somebody_said ON approvals_approvaldecision;
DROP TRIGGER request_changed ON approvals_approvalrequest;
DROP TRIGGER job_gone ON tasks_agentjob;
DROP FUNCTION approvals_somebody_said();
DROP FUNCTION approvals_request_changed();
DROP FUNCTION approvals_job_gone();
ALTER TABLE approvals_approvaldecision DROP CONSTRAINT decision_request_same_workspace;
DROP POLICY tenant ON approvals_approvaldecision;
ALTER TABLE approvals_approvaldecision DISABLE ROW LEVEL SECURITY;
