DROP TRIGGER platform_updated ON tasks_platformstate;
DROP FUNCTION tasks_platform_updated();
DROP POLICY platform_changes ON tasks_platformstate;
DROP POLICY platform_makes ON tasks_platformstate;
DROP POLICY everybody_reads ON tasks_platformstate;
ALTER TABLE tasks_platformstate DISABLE ROW LEVEL SECURITY;
