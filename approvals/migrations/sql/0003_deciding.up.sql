ALTER TABLE approvals_approvaldecision ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approvals_approvaldecision
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
ALTER TABLE approvals_approvaldecision ADD CONSTRAINT decision_request_same_workspace
    FOREIGN KEY (workspace_id, request_id) REFERENCES approvals_approvalrequest (workspace_id, id) ON DELETE CASCADE;

-- Whoever takes a job away that waits, its requests go with it: transitions, bulk SQL or the admin.
CREATE FUNCTION approvals_job_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.approvals_approvalrequest
    SET state = 'withdrawn', decided_at = clock_timestamp()
    WHERE job_id = NEW.id AND state = 'waiting';
    RETURN NULL;
END $$;

CREATE TRIGGER job_gone AFTER UPDATE ON tasks_agentjob FOR EACH ROW
    WHEN (OLD.state IN ('pending_approval', 'suspended') AND NEW.state IN ('failed', 'cancelled'))
    EXECUTE FUNCTION approvals_job_gone();

-- The trail. A submission's request and its approval are edges of the job, whose own trigger tells of them.
CREATE FUNCTION approvals_request_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    told text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        told := CASE WHEN NEW.call_id IS NOT NULL THEN 'asked' END;
    ELSIF NEW.state IS DISTINCT FROM OLD.state AND NEW.state IN ('expired', 'superseded') THEN
        told := NEW.state;
    ELSIF NEW.state = 'waiting' AND NEW.version IS DISTINCT FROM OLD.version THEN
        told := 'changed';
    ELSIF NEW.warned_at IS DISTINCT FROM OLD.warned_at THEN
        told := 'expires_soon';
    ELSIF NEW.escalated_at IS DISTINCT FROM OLD.escalated_at THEN
        told := 'escalated';
    END IF;
    IF told IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.tasks_event (workspace_id, session_id, job_id, kind, before, after, actor, reason, worker, data, at)
    SELECT NEW.workspace_id, job.session_id, job.id,
           CASE WHEN told IN ('expired', 'superseded') THEN 'ApprovalDecided' ELSE 'ApprovalRequested' END, '', '',
           public.interlock_actor(), left(CASE WHEN told = 'asked' THEN NEW.why ELSE NEW.comment END, 500), '',
           jsonb_build_object('approval', NEW.id, 'what', told, 'tool', NEW.tool, 'action', NEW.action,
                              'rule', NEW.rule, 'version', NEW.version, 'requester', NEW.requester,
                              'approvers', NEW.approvers, 'expires_at', NEW.expires_at),
           clock_timestamp()
    FROM public.tasks_agentjob job WHERE job.id = NEW.job_id;
    RETURN NULL;
END $$;

CREATE TRIGGER request_changed AFTER INSERT OR UPDATE ON approvals_approvalrequest
    FOR EACH ROW EXECUTE FUNCTION approvals_request_changed();

CREATE FUNCTION approvals_somebody_said() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (workspace_id, session_id, job_id, kind, before, after, actor, reason, worker, data, at)
    SELECT NEW.workspace_id, job.session_id, job.id, 'ApprovalDecided', '', '', public.interlock_actor(),
           left(NEW.comment, 500), '',
           jsonb_build_object('approval', request.id, 'what', NEW.said, 'tool', request.tool, 'action', request.action,
                              'rule', request.rule, 'version', NEW.version, 'edited', NEW.arguments IS NOT NULL,
                              'remembered', NEW.remembered),
           clock_timestamp()
    FROM public.approvals_approvalrequest request JOIN public.tasks_agentjob job ON job.id = request.job_id
    WHERE request.id = NEW.request_id
      AND NOT (request.call_id IS NULL AND NEW.said = 'approve' AND request.quorum <= (
          SELECT count(*) FROM public.approvals_approvaldecision said
          WHERE said.request_id = request.id AND said.said = 'approve'));
    RETURN NULL;
END $$;

CREATE TRIGGER somebody_said AFTER INSERT ON approvals_approvaldecision
    FOR EACH ROW EXECUTE FUNCTION approvals_somebody_said();

REVOKE EXECUTE ON FUNCTION approvals_job_gone(), approvals_request_changed(), approvals_somebody_said() FROM PUBLIC;
