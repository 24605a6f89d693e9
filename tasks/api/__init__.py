"""REST: thin views over the verbs. Each parses, calls a verb in the actor's tenancy, and shows what came of it."""
