"""The tools of MCP servers that a workspace has set up, called like our own. Source: https://modelcontextprotocol.io/."""
