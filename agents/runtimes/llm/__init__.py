"""The runtime `llm`: an agent's loop on Pydantic AI, which is imported when the first such job runs."""
