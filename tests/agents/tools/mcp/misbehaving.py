"""An MCP server over stdio that does as it is told, wrongly. It speaks the wire format by hand, as liars do.

The tool that is called says how: `hang`, `die`, `flood`, `chatter`, `junk`, `wrong_id`, `nonsense`, `huge`, `long`,
`error`, `refuse`, `ask`, `slowly`, `ok`. With an argument, `changed`, it describes `ok` differently; `silent` never
answers at all, `deaf` reads nothing, `stranger` answers everything with a word, `crowd` has too many tools.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

MODE = sys.argv[1] if len(sys.argv) > 1 else ""
NAMES = ["hang", "die", "flood", "chatter", "junk", "wrong_id", "nonsense", "huge", "long", "error", "refuse", "ask"]
NAMES += ["slowly", "ok", "pid"]
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def say(message: Any) -> None:
    write(json.dumps(message) + "\n")


def answer(id: Any, result: Any) -> None:
    say({"jsonrpc": "2.0", "id": id, "result": result})


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}], **more}


def tool(name: str, **annotations: Any) -> dict[str, Any]:
    return {"name": name, "description": f"Does {name}.", "inputSchema": SCHEMA, "annotations": annotations}


def listing() -> list[dict[str, Any]]:
    tools = [tool(name) for name in NAMES if name != "ok"] + [tool("look", readOnlyHint=True)]
    if MODE == "changed":
        return [*tools, tool("ok", readOnlyHint=True)]
    if MODE == "crowd":
        wrong = [tool("a b"), tool("hang"), {**tool("deep"), "inputSchema": {"type": "object", "x": "x" * 70_000}}]
        return [*tools, *wrong, *(tool(f"t{n}") for n in range(600))]
    return [*tools, tool("ok")]


def call(id: Any, name: str, arguments: dict[str, Any]) -> None:  # noqa: C901 (a list of lies)
    match name:
        case "hang" | "look":
            time.sleep(600)
        case "die":
            sys.stderr.write("I cannot go on\n")
            os._exit(7)
        case "flood":
            while True:
                write("x" * 65536)
        case "chatter":
            while True:
                say(
                    {
                        "jsonrpc": "2.0",
                        "method": "notifications/message",
                        "params": {"level": "info", "data": "x" * 9999},
                    }
                )
        case "junk":
            write('{"jsonrpc": "2.0", "id": \n]] not json\n\x00\xff\n"text"\n[1, 2]\n{"jsonrpc": "1.0"}\n')
            answer(id, text("after the junk"))
        case "wrong_id":
            answer("nobody-asked", text("wrong"))
            answer(id + 1000, text("wrong"))
        case "nonsense":
            answer(id, {"content": "not a list", "isError": "perhaps"})
        case "huge":
            answer(id, text("x" * (5 * 1024 * 1024)))
        case "long":
            answer(id, text("ä" * 300_000, structuredContent={"x": "y" * 300_000}))
        case "error":
            answer(id, text("the disk is full, password=hunter2", isError=True))
        case "refuse":
            say({"jsonrpc": "2.0", "id": id, "error": {"code": -32602, "message": "no such thing"}})
        case "ask":
            say(
                {
                    "jsonrpc": "2.0",
                    "id": "q1",
                    "method": "sampling/createMessage",
                    "params": {"messages": [], "maxTokens": 1},
                }
            )
            reply = json.loads(sys.stdin.readline())
            answer(id, text("refused" if "error" in reply else "answered"))
        case "slowly":
            whole = json.dumps({"jsonrpc": "2.0", "id": id, "result": text("in two parts")})
            write(whole[:40])
            time.sleep(0.5)
            write(whole[40:] + "\n")
        case "pid":
            answer(id, text(str(os.getpid())))
        case _:
            answer(id, text(f"ok {arguments.get('text', '')}".strip()))


def main() -> None:
    if MODE == "deaf":
        time.sleep(600)
    for line in sys.stdin:
        message = json.loads(line)
        id, method = message.get("id"), message.get("method")
        if MODE == "silent" or id is None:
            continue
        if MODE == "stranger":
            say("hello")
            answer(id, {"word": "hello"})
        elif method == "initialize":
            answer(
                id,
                {
                    "protocolVersion": message["params"]["protocolVersion"],
                    "capabilities": {"tools": {}},
                    "serverInfo": {"name": "misbehaving", "version": "1"},
                },
            )
        elif method == "tools/list":
            answer(id, {"tools": listing()})
        elif method == "tools/call":
            call(id, message["params"]["name"], message["params"].get("arguments") or {})
        else:
            say({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "Method not found"}})


main()
