DROP FUNCTION tasks_slots_taken();
