"""Jobs that jobs submit: how they come in, what they take of their parent's budget, and what follows their end."""
