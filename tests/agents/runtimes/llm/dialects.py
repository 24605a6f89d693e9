"""What providers send: answers and errors in each one's wire format, as the documentation of their HTTP APIs has them."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MODEL = "scripted-1"


@dataclass(frozen=True)
class Answer:
    """One answer of a model. `calls` are names with arguments as JSON text, which may be broken; `stop` is why it
    ended: `done`, `refused` or `length`."""

    text: str = ""
    calls: Sequence[tuple[str, str]] = ()
    stop: str = "done"
    input_tokens: int = 10
    output_tokens: int = 5
    model: str = MODEL

    @property
    def pieces(self) -> list[str]:
        """The text as it comes: a few letters at a time."""
        return [self.text[start : start + 5] for start in range(0, len(self.text), 5)]


class Dialect(Protocol):
    name: str

    def stream(self, answer: Answer, number: int) -> Iterator[bytes]:
        """The pieces of the body; `number` tells answers of one conversation apart."""
        ...

    def error(self, status: int, message: str) -> dict[str, Any]: ...

    def messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The conversation in a request."""
        ...

    def tools(self, request: dict[str, Any]) -> list[str]:
        """The names of the tools that a request offers."""
        ...


def sse(data: Any, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


class Anthropic:
    """https://docs.anthropic.com/en/api/messages-streaming"""

    name = "anthropic"
    stops = {"refused": "refusal", "length": "max_tokens"}

    def stream(self, answer: Answer, number: int) -> Iterator[bytes]:
        usage = {"input_tokens": answer.input_tokens, "output_tokens": 1}
        message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": answer.model, "content": []}
        message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
        yield self._event("message_start", message=message)
        index = 0
        if answer.text:
            yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            for piece in answer.pieces:
                yield self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
            yield self._event("content_block_stop", index=0)
            index = 1
        for place, (tool, arguments) in enumerate(answer.calls, index):
            block = {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": tool, "input": {}}
            yield self._event("content_block_start", index=place, content_block=block)
            yield self._event(
                "content_block_delta", index=place, delta={"type": "input_json_delta", "partial_json": arguments}
            )
            yield self._event("content_block_stop", index=place)
        stop = self.stops.get(answer.stop) or ("tool_use" if answer.calls else "end_turn")
        yield self._event(
            "message_delta",
            delta={"stop_reason": stop, "stop_sequence": None},
            usage={"output_tokens": answer.output_tokens},
        )
        yield self._event("message_stop")

    def _event(self, type: str, **data: Any) -> bytes:
        return sse({"type": type, **data}, type)

    def error(self, status: int, message: str) -> dict[str, Any]:
        types = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error"}
        fallback = "api_error" if status >= 500 else "invalid_request_error"
        return {"type": "error", "error": {"type": types.get(status, fallback), "message": message}}

    def messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = request["messages"]
        return found

    def tools(self, request: dict[str, Any]) -> list[str]:
        return [tool["name"] for tool in request.get("tools", [])]


class Chat:
    """https://platform.openai.com/docs/api-reference/chat-streaming, which Ollama, vLLM and many others speak."""

    name = "openai-compatible"
    stops = {"refused": "content_filter", "length": "length"}

    def stream(self, answer: Answer, number: int) -> Iterator[bytes]:
        yield self._chunk(number, answer.model, {"role": "assistant", "content": ""})
        for piece in answer.pieces:
            yield self._chunk(number, answer.model, {"content": piece})
        for index, (tool, arguments) in enumerate(answer.calls):
            call = {"index": index, "id": f"call_{number}_{index}", "type": "function"}
            yield self._chunk(
                number, answer.model, {"tool_calls": [call | {"function": {"name": tool, "arguments": ""}}]}
            )
            yield self._chunk(
                number, answer.model, {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}
            )
        stop = self.stops.get(answer.stop) or ("tool_calls" if answer.calls else "stop")
        yield self._chunk(number, answer.model, {}, finish=stop)
        total = answer.input_tokens + answer.output_tokens
        usage = {"prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens, "total_tokens": total}
        yield sse(self._head(number, answer.model) | {"choices": [], "usage": usage})
        yield sse("[DONE]")

    def _chunk(self, number: int, model: str, delta: dict[str, Any], finish: str | None = None) -> bytes:
        return sse(self._head(number, model) | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _head(self, number: int, model: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": model}

    def error(self, status: int, message: str) -> dict[str, Any]:
        codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
        return {"error": {"message": message, "type": "error", "param": None, "code": codes.get(status)}}

    def messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        return [message for message in request["messages"] if message["role"] != "system"]

    def tools(self, request: dict[str, Any]) -> list[str]:
        return [tool["function"]["name"] for tool in request.get("tools", [])]


class Responses:
    """https://platform.openai.com/docs/api-reference/responses-streaming"""

    name = "openai"
    _count, _model = 0, MODEL

    def stream(self, answer: Answer, number: int) -> Iterator[bytes]:
        self._count, self._model = 0, answer.model
        output: list[dict[str, Any]] = []
        yield self._event("response.created", response=self._response(number, "in_progress", []))
        if answer.text:
            output.append((yield from self._message(answer, number)))
        for tool, arguments in answer.calls:
            output.append((yield from self._call(tool, arguments, number, len(output))))
        usage = {
            "input_tokens": answer.input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": answer.output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": answer.input_tokens + answer.output_tokens,
        }
        reasons = {"refused": "content_filter", "length": "max_output_tokens"}
        if answer.stop in reasons:
            cut = self._response(number, "incomplete", output) | {
                "incomplete_details": {"reason": reasons[answer.stop]}
            }
            yield self._event("response.incomplete", response=cut | {"usage": usage})
        else:
            done = self._response(number, "completed", output)
            yield self._event("response.completed", response=done | {"usage": usage})

    def _message(self, answer: Answer, number: int) -> Generator[bytes, None, dict[str, Any]]:
        id, part = f"msg_{number}", {"type": "output_text", "text": "", "annotations": []}
        item = {"type": "message", "id": id, "role": "assistant", "status": "in_progress", "content": []}
        place = {"item_id": id, "output_index": 0, "content_index": 0}
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._event("response.content_part.added", part=part, **place)
        for piece in answer.pieces:
            yield self._event("response.output_text.delta", delta=piece, logprobs=[], **place)
        whole = part | {"text": answer.text}
        yield self._event("response.output_text.done", text=answer.text, logprobs=[], **place)
        yield self._event("response.content_part.done", part=whole, **place)
        done = item | {"status": "completed", "content": [whole]}
        yield self._event("response.output_item.done", output_index=0, item=done)
        return done

    def _call(self, tool: str, arguments: str, number: int, index: int) -> Generator[bytes, None, dict[str, Any]]:
        id = f"fc_{number}_{index}"
        item = {"type": "function_call", "id": id, "call_id": f"call_{number}_{index}", "name": tool, "arguments": ""}
        item |= {"status": "in_progress"}
        place = {"item_id": id, "output_index": index}
        yield self._event("response.output_item.added", output_index=index, item=item)
        yield self._event("response.function_call_arguments.delta", delta=arguments, **place)
        yield self._event("response.function_call_arguments.done", arguments=arguments, name=tool, **place)
        done = item | {"status": "completed", "arguments": arguments}
        yield self._event("response.output_item.done", output_index=index, item=done)
        return done

    def _response(self, number: int, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": f"resp_{number}", "object": "response", "created_at": 1, "status": status, "model": self._model}
        return head | {"output": output, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None}

    def _event(self, type: str, **data: Any) -> bytes:
        self._count += 1
        return sse({"type": type, "sequence_number": self._count, **data}, type)

    def error(self, status: int, message: str) -> dict[str, Any]:
        return Chat().error(status, message)

    def messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = request["input"]
        return found

    def tools(self, request: dict[str, Any]) -> list[str]:
        return [tool["name"] for tool in request.get("tools", [])]


class Google:
    """https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent"""

    name = "google"
    stops = {"refused": "SAFETY", "length": "MAX_TOKENS"}

    def stream(self, answer: Answer, number: int) -> Iterator[bytes]:
        for piece in answer.pieces:
            yield self._chunk({"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0})
        calls = [{"functionCall": {"name": tool, "args": json.loads(arguments)}} for tool, arguments in answer.calls]
        last = {"content": {"role": "model", "parts": calls}, "index": 0} if calls else {"index": 0}
        usage = {"promptTokenCount": answer.input_tokens, "candidatesTokenCount": answer.output_tokens}
        usage["totalTokenCount"] = answer.input_tokens + answer.output_tokens
        yield self._chunk(last | {"finishReason": self.stops.get(answer.stop, "STOP")}, usageMetadata=usage)

    def _chunk(self, candidate: dict[str, Any], **more: Any) -> bytes:
        return sse({"candidates": [candidate], "modelVersion": MODEL, **more})

    def error(self, status: int, message: str) -> dict[str, Any]:
        names = {
            401: "UNAUTHENTICATED",
            404: "NOT_FOUND",
            429: "RESOURCE_EXHAUSTED",
            500: "INTERNAL",
            503: "UNAVAILABLE",
        }
        return {"error": {"code": status, "message": message, "status": names.get(status, "INVALID_ARGUMENT")}}

    def messages(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = request["contents"]
        return found

    def tools(self, request: dict[str, Any]) -> list[str]:
        return [each["name"] for tool in request.get("tools", []) for each in tool["functionDeclarations"]]


DIALECTS: dict[str, Dialect] = {each.name: each for each in (Anthropic(), Chat(), Responses(), Google())}
