DROP FUNCTION tasks_spent_for_good(uuid);
DROP FUNCTION tasks_allowance(uuid);
DROP FUNCTION tasks_left(uuid);
DROP FUNCTION tasks_outlay(uuid);
DROP FUNCTION tasks_spent(uuid);
DROP FUNCTION tasks_holds_budget(uuid, text);
