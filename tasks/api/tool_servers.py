"""/api/tool-servers/: set up, listed, refreshed, switched and removed by the admins of a workspace."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents import tool_servers
from agents.actor import Actor
from agents.api.views import ApiView
from agents.models import ToolServer
from tasks.api import bodies, queries
from tasks.api.administering import administered, chosen
from tasks.api.describing import operation
from tasks.api.job import Nothing
from tasks.api.shapes import tool_server as shapes
from tasks.spec.fields import Line

TAG, SERVERS = "tool servers", "Tool servers"


class ToolServerRequest(bodies.Body):
    """An MCP server: a program with its `command`, or an address with its `url`."""

    name: Line = Field(
        max_length=40,
        description="Small letters, digits and hyphens; its tools are `name.tool`.",
        examples=["clock"],
    )
    workspace: str | None = Field(
        default=None, description="The workspace's slug; only needed by admins of several.", examples=["default"]
    )
    command: list[str] = Field(
        default=[],
        max_length=100,
        description="The program and its arguments; it runs in the sandbox of the job that calls it.",
        examples=[["uvx", "mcp-server-time"]],
    )
    url: str = Field(default="", max_length=2000, description="Where it answers (Streamable HTTP).")
    env: dict[str, str] = Field(
        default={}, max_length=100, description="Variables of the program. Kept encrypted and never shown."
    )
    headers: dict[str, str] = Field(
        default={}, max_length=100, description="Headers of each request. Kept encrypted and never shown."
    )
    call_seconds: float = Field(default=60, strict=False, description="How long one call may take, 1 to 600.")


class Switch(bodies.Body):
    enabled: bool = Field(description="Whether its tools are offered.")


def shape_of(row: ToolServer) -> shapes.ToolServer:
    return shapes.ToolServer.model_construct(**_fields(row))


def detail_of(row: ToolServer) -> shapes.ToolServerDetail:
    server = tool_servers.value_of(row, with_secrets=False)
    return shapes.ToolServerDetail.model_construct(
        **_fields(row),
        offered=[
            shapes.OfferedTool(
                name=f"{row.name}.{tool.name}",
                description=tool.description,
                effect=tool.effect.value,
                schema=dict(tool.schema),
                annotations=dict(tool.annotations),
            )
            for tool in server.tools
        ],
        skipped=[shapes.SkippedTool(**each) for each in row.skipped],
    )


def _fields(row: ToolServer) -> dict[str, Any]:
    env, headers = tool_servers.names_of_secrets(row)
    return {
        "id": row.id,
        "name": row.name,
        "workspace": row.workspace.slug,
        "transport": row.transport,
        "command": row.command,
        "url": row.url,
        "env": env,
        "headers": headers,
        "enabled": row.enabled,
        "call_seconds": row.call_seconds,
        "tools": [f"{row.name}.{tool['name']}" for tool in row.tools],
        "refreshed_at": row.refreshed_at,
        "created_at": row.created_at,
    }


class ToolServers(ApiView):
    @operation(
        "listToolServers",
        "List the MCP servers whose tools jobs may call",
        tag=TAG,
        query=(queries.WORKSPACE,),
        answers={200: shapes.ToolServerPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, queries.WORKSPACE)

        def work(actor: Actor) -> shapes.ToolServerPage:
            rows = ToolServer.objects.for_user(actor).filter(workspace__in=administered(actor, SERVERS))
            if asked["workspace"]:
                rows = rows.filter(workspace__slug=asked["workspace"])
            found = [shape_of(row) for row in rows.select_related("workspace").order_by("name", "pk")]
            return shapes.ToolServerPage.model_construct(results=found, next=None)

        return Response(self.inside(work))

    @operation(
        "createToolServer",
        "Set up an MCP server",
        tag=TAG,
        description="For admins of the workspace. It has no tools until it is refreshed.",
        body=ToolServerRequest,
        answers={201: shapes.ToolServerDetail},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        asked = bodies.read(request, ToolServerRequest)

        def work(actor: Actor) -> shapes.ToolServerDetail:
            given = asked.model_dump(exclude={"workspace"})
            return detail_of(tool_servers.create(actor, chosen(actor, asked.workspace, SERVERS), **given))

        return Response(self.inside(work), status=201)


class OneToolServer(ApiView):
    @operation(
        "getToolServer",
        "Show an MCP server and what it offers",
        tag=TAG,
        answers={200: shapes.ToolServerDetail},
    )
    def get(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: detail_of(tool_servers.find(actor, id, "see tool servers"))))

    @operation(
        "removeToolServer",
        "Remove an MCP server",
        tag=TAG,
        description="Jobs that name its tools fail from now on. The answer is what it was.",
        answers={200: shapes.ToolServer},
    )
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: shape_of(tool_servers.remove(actor, id))))


class RefreshToolServer(ApiView):
    @operation(
        "refreshToolServer",
        "Ask an MCP server what tools it has",
        tag=TAG,
        description="A program is started for this in a sandbox beside the web process. What the server says is what "
        "jobs call from now on; where it fails (502 `tool_server_failed`), nothing is changed.",
        body=Nothing,
        answers={200: shapes.ToolServerDetail},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        bodies.read(request, Nothing)
        server = self.inside(lambda actor: tool_servers.value_of(tool_servers.find(actor, id, "refresh tool servers")))
        asked = tool_servers.ask(server)
        return Response(self.inside(lambda actor: detail_of(tool_servers.keep(actor, id, asked))))


class SwitchToolServer(ApiView):
    @operation(
        "switchToolServer",
        "Offer the tools of an MCP server, or do not",
        tag=TAG,
        body=Switch,
        answers={200: shapes.ToolServerDetail},
    )
    def post(self, request: Request, id: str) -> Response:
        queries.read(request)
        enabled = bodies.read(request, Switch).enabled
        return Response(self.inside(lambda actor: detail_of(tool_servers.switch(actor, id, enabled))))
