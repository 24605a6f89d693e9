ALTER TABLE approvals_approvalrequest
    DROP CONSTRAINT approval_call_same_workspace,
    DROP CONSTRAINT approval_job_same_workspace;
DROP POLICY tenant ON approvals_approvalrequest;
ALTER TABLE approvals_approvalrequest DISABLE ROW LEVEL SECURITY;
