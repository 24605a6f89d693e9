"""Who and what: one model a file."""

from agents.models.access import PlatformAccess
from agents.models.agent import Agent, AgentRole, ContextSnapshot
from agents.models.mail_account import MailAccount
from agents.models.membership import Membership
from agents.models.project import Project
from agents.models.rule import Rule
from agents.models.secret import ProviderKey
from agents.models.session import Session
from agents.models.token import ApiToken
from agents.models.tool_server import ToolServer
from agents.models.workspace import Workspace

__all__ = [
    "Agent",
    "AgentRole",
    "ApiToken",
    "ContextSnapshot",
    "MailAccount",
    "Membership",
    "PlatformAccess",
    "Project",
    "ProviderKey",
    "Rule",
    "Session",
    "ToolServer",
    "Workspace",
]
