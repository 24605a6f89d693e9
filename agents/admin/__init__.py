"""Admin pages of who and what: importing this registers them."""

from agents.admin import agents, mail_accounts, people, places, rules, tokens, tool_servers

__all__ = ["agents", "mail_accounts", "people", "places", "rules", "tokens", "tool_servers"]
