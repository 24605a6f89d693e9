DROP FUNCTION tasks_positions(uuid[], uuid[], float8[]);
