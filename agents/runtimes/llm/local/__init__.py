"""The small model that runs on the worker's own machine, offline: where its parts are, its server, how it is held."""
