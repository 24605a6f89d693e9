DROP POLICY tenant ON tasks_workkind;
DROP POLICY tenant ON tasks_forecast;
DROP POLICY tenant ON tasks_coverage;
