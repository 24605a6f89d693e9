"""The database backend: Django's for Postgres, with sentences a person can act on."""
