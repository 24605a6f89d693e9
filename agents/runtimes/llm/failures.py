"""What can go wrong with a model, as Failures: whose fault it is, and whether another attempt may help."""

from __future__ import annotations

from typing import Any

import httpx2
from pydantic_ai import exceptions
from pydantic_ai.exceptions import ContentFilterError

from agents.runtimes.classify import text_of
from agents.runtimes.failure import Failure, permanent, timed_out, transient
from agents.runtimes.llm.names import ModelName

MOST_OF_A_BODY = 300


def failure_of(problem: Exception, name: ModelName, partial: Any) -> Failure | None:
    """The Failure, with what the job had so far as `partial`; None for what has nothing to do with the model."""
    found = _refused(problem, name) or _unavailable(problem, name) or _unusable(problem, name)
    if found is not None:
        found.data["partial"] = partial
    return found


def _refused(problem: Exception, name: ModelName) -> Failure | None:
    """The provider does not do it, and will not do it when it is asked again."""
    match problem:
        case exceptions.ModelAuthenticationError():
            return permanent("model_key_refused", f"{name.provider} refused the workspace's key.")
        case exceptions.ModelNotFoundError():
            return permanent("unknown_model", f"{name.provider} knows no model {name.model!r}.")
        case exceptions.ModelQuotaExceededError():
            return permanent("model_quota_exceeded", f"The workspace's quota at {name.provider} is used up.")
        case exceptions.ModelContextWindowExceededError():
            return permanent("context_too_long", f"The conversation is too long for {name}.")
        case exceptions.ModelRequestRejectedError():
            return permanent("model_request_rejected", f"{name.provider} rejected the request: {_said(problem)}.")
        case _:
            return None


def _unavailable(problem: Exception, name: ModelName) -> Failure | None:
    """It may go better later."""
    match problem:
        case exceptions.ModelRateLimitError():
            return transient("model_rate_limited", f"{name.provider} limits the rate of requests.", **_later(problem))
        case exceptions.ModelTimeoutError() | exceptions.ModelRequestTimeout() | httpx2.TimeoutException():
            return timed_out("model_timed_out", f"{name.provider} was silent for too long.")
        case exceptions.ModelUnavailableError() | exceptions.ModelServerError():
            return transient(
                "model_unavailable", f"{name.provider} cannot answer now: {_said(problem)}.", **_later(problem)
            )
        case exceptions.ModelConnectionError(phase="read") | httpx2.ReadError() | httpx2.RemoteProtocolError():
            return transient("model_stream_broken", f"The answer of {name.provider} broke off.")
        case exceptions.ModelConnectionError() | httpx2.TransportError():
            return transient("model_unreachable", f"{name.provider} cannot be reached.")
        case exceptions.ModelAPIError():
            return transient(
                "model_unavailable", f"{name.provider} cannot answer now: {_said(problem)}.", **_later(problem)
            )
        case _:
            return None


def _unusable(problem: Exception, name: ModelName) -> Failure | None:
    """It answered, and the answer is of no use."""
    match problem:
        case ContentFilterError():
            return refused(name)
        case exceptions.OutputTokenLimitExceeded() | exceptions.IncompleteToolCall():
            return cut_off(name)
        case exceptions.UnexpectedModelBehavior():
            return permanent("bad_model_answers", f"{name} gave no answer that can be used: {text_of(problem)}.")
        case exceptions.UserError():
            return permanent("model_request_rejected", f"{name} cannot be asked so: {text_of(problem)}.")
        case _:
            return None


def refused(name: ModelName) -> Failure:
    return permanent("model_refused", f"{name} refused to answer.")


def cut_off(name: ModelName) -> Failure:
    return permanent(
        "answer_cut_off", f"{name} reached its most tokens for one answer; raise model_settings.max_tokens."
    )


def _later(problem: Exception) -> dict[str, Any]:
    seconds = getattr(problem, "retry_after", None)
    return {} if seconds is None else {"retry_after": seconds}


def _said(problem: Exception) -> str:
    """The provider's own sentence, where its body has one in the usual place."""
    body = getattr(problem, "body", None)
    error = body.get("error", body) if isinstance(body, dict) else body
    text = error.get("message", "") if isinstance(error, dict) else error
    said = " ".join(str(text or "").split())[:MOST_OF_A_BODY].rstrip(".")
    status = getattr(problem, "status_code", None)
    return text_of(Exception(said)) or (f"HTTP {status}" if status else "it does not say why")
