"""Admin pages of who and what: importing this registers them."""

from agents.admin import agents, people, places, rules, tokens, tool_servers

__all__ = ["agents", "people", "places", "rules", "tokens", "tool_servers"]
