"""Admin pages of who and what: importing this registers them."""

from agents.admin import agent_roles, keys, mail_accounts, people, places, rules, tokens, tool_servers

__all__ = ["agent_roles", "keys", "mail_accounts", "people", "places", "rules", "tokens", "tool_servers"]
