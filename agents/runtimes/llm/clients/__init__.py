"""One module a provider's client: each is imported by the first job that uses it, since each takes a second or two."""
