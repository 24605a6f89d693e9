"""What an agent can do: small verbs with a typed argument schema and a declared effect."""
