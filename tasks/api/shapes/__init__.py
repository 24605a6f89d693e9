"""What the API answers, one file a resource: the models that are serialized are those that OpenAPI shows."""
