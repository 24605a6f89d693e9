"""The commands about work. They speak the REST API, so they work from any machine."""
