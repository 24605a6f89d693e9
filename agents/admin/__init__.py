"""Admin pages of who and what: importing this registers them."""

from agents.admin import agents, keys, people, places, rules, tokens

__all__ = ["agents", "keys", "people", "places", "rules", "tokens"]
