"""Sends a mail over SMTP (RFC 5321): to all of its recipients, or to none."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import policy
from typing import Any

from agents.runtimes.classify import text_of
from agents.runtimes.failure import Failure, transient
from agents.tools.email.account import Account, Host, Tls
from agents.tools.email.blocking import Line, on_a_line
from agents.tools.email.mailbox import CALL_SECONDS, not_signed_in, refused, unknown_outcome, unreachable
from agents.tools.email.message import Outgoing


class _Progress:
    """How far a call came, which tells what its breaking off means."""

    handing_over = False


async def send(account: Account, mail: Outgoing) -> str:
    """Hand the mail over; its Message-ID. A break-off while it is handed over is `outcome_unknown`."""
    message = mail.as_message(with_bcc=False)
    content = message.as_bytes(policy=policy.SMTP)
    progress = _Progress()

    def work(line: Line) -> None:
        with _signed_in(account, line) as client:
            _hand_over(client, account, mail, content, progress)

    try:
        await on_a_line(work, CALL_SECONDS)
    except TimeoutError:
        raise _broken_off(account, progress, f"it did not answer within {CALL_SECONDS:g} s") from None
    except (OSError, smtplib.SMTPException) as problem:
        raise _broken_off(account, progress, text_of(problem) or type(problem).__name__) from problem
    return str(message["Message-ID"])


def _broken_off(account: Account, progress: _Progress, why: str) -> Failure:
    return (unknown_outcome if progress.handing_over else unreachable)(account.name, why)


class _Client(smtplib.SMTP):
    """The standard library's, on our own connection."""

    def __init__(self, line: Line, host: Host) -> None:
        self._line, self._where = line, host
        super().__init__(host.name, host.port, local_hostname="localhost")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line.connect(self._where)


@contextmanager
def _signed_in(account: Account, line: Line) -> Iterator[_Client]:
    assert account.smtp is not None
    client = _Client(line, account.smtp)
    try:
        if account.smtp.tls is Tls.STARTTLS:
            client.starttls(context=line.trust)
        client.ehlo_or_helo_if_needed()
        if account.user and client.has_extn("auth"):
            try:
                client.login(account.user, account.secret)
            except smtplib.SMTPAuthenticationError as problem:
                if problem.smtp_code < 500:
                    raise unreachable(account.name, "it cannot check the secret right now") from problem
                raise not_signed_in(account.name) from None
        yield client
        with suppress(OSError, smtplib.SMTPException):
            client.quit()  # the mail is taken; how the goodbye goes does not matter
    finally:
        client.close()


def _hand_over(client: _Client, account: Account, mail: Outgoing, content: bytes, progress: _Progress) -> None:
    _expect(
        account, "the sender", client.mail(account.address, [f"size={len(content)}"] if client.has_extn("size") else [])
    )
    for recipient in mail.recipients:
        _expect(account, recipient, client.rcpt(recipient))
    progress.handing_over = True
    answer: tuple[int, Any]
    try:
        answer = client.data(content)
    except smtplib.SMTPDataError as problem:  # it did not even want to begin
        progress.handing_over = False
        answer = (problem.smtp_code, problem.smtp_error)
    _expect(account, "the mail", answer)


def _expect(account: Account, what: str, answer: tuple[int, Any]) -> None:
    """An answer that says no says so for sure: nothing was taken. From 500 on it says so for good."""
    code, said = answer
    if 200 <= code < 300:
        return
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    why = f"{what}: {code} {text_of(Exception(text))}"
    if code < 500:
        raise transient("mail_deferred", f"The mail account {account.name} does not take it now: {why}.")
    raise refused(account.name, why)
