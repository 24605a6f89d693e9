DROP TRIGGER agent_role_made_or_removed ON agents_agentrole;
DROP TRIGGER agent_role_updated ON agents_agentrole;
DROP TRIGGER context_revised ON agents_contextsnapshot;
DROP FUNCTION tasks_context_revised();
DROP TRIGGER agent_terminated ON agents_agent;
DROP TRIGGER agent_spawned ON agents_agent;
DROP FUNCTION tasks_agent_changed();
