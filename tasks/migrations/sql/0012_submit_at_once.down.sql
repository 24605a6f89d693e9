DROP FUNCTION tasks_submit_at_once(text, uuid, text, uuid, text, jsonb, text);
