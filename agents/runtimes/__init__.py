"""How a job's work is carried out: a program, a plan of tool calls, a model."""
