"""REST for people who decide."""
