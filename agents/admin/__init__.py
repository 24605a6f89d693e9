"""Admin pages of who and what: importing this registers them."""

from agents.admin import agents, keys, mail_accounts, people, places, rules, tokens, tool_servers

__all__ = ["agents", "keys", "mail_accounts", "people", "places", "rules", "tokens", "tool_servers"]
