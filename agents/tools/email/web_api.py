"""What the two mail APIs over HTTP have in common: a token for a while, bounded answers, and how they fail."""

from __future__ import annotations

import functools
import json
import ssl
from typing import Any

import httpx

from agents.runtimes.classify import text_of
from agents.runtimes.failure import Failure, transient
from agents.tools.email.account import Account
from agents.tools.email.mailbox import (
    CALL_SECONDS,
    LARGEST_MESSAGE,
    no_such_mail,
    not_signed_in,
    refused,
    unknown_outcome,
    unreachable,
)

LARGEST_ANSWER = LARGEST_MESSAGE * 3 // 2  # base64, and what stands around it
MAY_PASS = frozenset({408, 425, 429})
_NOTHING_WAS_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class WebApi:
    """One account's API for one call of a tool. Use it as a context; a cancel closes its connection."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client = httpx.AsyncClient(verify=_trust(), timeout=CALL_SECONDS, follow_redirects=False)
        self._token = ""

    async def __aenter__(self) -> WebApi:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._account.secret,
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret,
        }
        try:
            status, content = await self._exchange("POST", self._account.token_url, data=form)
            if status in (400, 401, 403):
                raise not_signed_in(self._account.name)
            self._expect(status, content)
            self._token = str(self._json(content)["access_token"])
        except KeyError:
            await self._client.aclose()
            raise refused(self._account.name, "it gave no access token") from None
        except httpx.HTTPError as problem:
            await self._client.aclose()
            raise unreachable(self._account.name, text_of(problem) or type(problem).__name__) from problem
        except BaseException:
            await self._client.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, **parameters: Any) -> Any:
        """The JSON that is there."""
        return self._json(await self.content(path, **parameters))

    async def content(self, path: str, **parameters: Any) -> bytes:
        """What is there, as it comes."""
        try:
            status, content = await self._exchange("GET", self._account.api_base + path, params=parameters)
        except httpx.HTTPError as problem:
            raise unreachable(self._account.name, text_of(problem) or type(problem).__name__) from problem
        self._expect(status, content)
        return content

    async def hand_over(self, path: str, content: bytes, content_type: str) -> bytes:
        """Send this. Where it cannot be known whether it was taken, the Failure is `outcome_unknown`."""
        url, headers = self._account.api_base + path, {"content-type": content_type}
        try:
            status, answer = await self._exchange("POST", url, content=content, headers=headers)
        except _NOTHING_WAS_SENT as problem:
            raise unreachable(self._account.name, text_of(problem) or type(problem).__name__) from problem
        except httpx.HTTPError as problem:
            raise unknown_outcome(self._account.name, text_of(problem) or type(problem).__name__) from problem
        if status >= 500:
            raise unknown_outcome(self._account.name, f"it answered {status}")
        self._expect(status, answer)
        return answer

    async def _exchange(self, method: str, url: str, **more: Any) -> tuple[int, bytes]:
        headers = {"accept-encoding": "identity", "user-agent": "interlock", **more.pop("headers", {})}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        async with self._client.stream(method, url, headers=headers, **more) as response:
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > LARGEST_ANSWER:
                    raise httpx.ReadError("the answer is larger than is taken")
            return response.status_code, content

    def _expect(self, status: int, content: bytes) -> None:
        if status < 300:
            return
        name, why = self._account.name, f"{status} {_said(content)}".strip()
        if status in (401, 403):
            raise not_signed_in(name)
        if status == 404:
            raise no_such_mail(name)
        if status in MAY_PASS or status >= 500:
            raise transient("mail_deferred", f"The mail account {name} does not answer that now: {why}.")
        raise refused(name, why)

    def _json(self, content: bytes) -> Any:
        try:
            value = json.loads(content)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise self.odd()
        return value

    def odd(self) -> Failure:
        return refused(self._account.name, "it answered with something else than was asked for")


def _said(content: bytes) -> str:
    """The sentence of an error, which both APIs write as `{"error": {"message": …}}`."""
    try:
        return text_of(Exception(str(json.loads(content)["error"]["message"])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


@functools.cache
def _trust() -> ssl.SSLContext:
    """Read once: it takes as long as many requests."""
    return httpx.create_ssl_context()
