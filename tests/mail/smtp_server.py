"""A mail server that takes mail over SMTP and puts it into the maildir of its recipient: `python -m … PORT TLS_PORT FOLDER`.

Recipients say what it does: `refused@…` (550), `later@…` (451), `full@…` (552 when it has the mail), `lost@…` (takes the
mail, and is gone before it says so), `slow@…` (takes the mail, and does not say so).
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import uuid
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = b"ann@example.org", b"hunter2"
FOLDER = Path(sys.argv[3])


class Handler:
    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        match address.partition("@")[0]:
            case "refused":
                return "550 5.1.1 no such mailbox"
            case "later":
                return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        names = {address.partition("@")[0] for address in envelope.rcpt_tos}
        if "full" in names:
            return "552 5.2.2 mailbox full"
        self.keep(envelope)
        if "lost" in names:
            server.transport.abort()
        if "slow" in names:
            (FOLDER / "slow").touch()
            await asyncio.sleep(600)
        return "250 OK"

    def keep(self, envelope: Any) -> None:
        for address in envelope.rcpt_tos:
            box = FOLDER / "mail" / address
            if box.is_dir():
                name = uuid.uuid4().hex
                (box / "tmp" / name).write_bytes(b"X-Envelope: " + address.encode() + b"\r\n" + envelope.content)
                os.chmod(box / "tmp" / name, 0o666)
                os.rename(box / "tmp" / name, box / "new" / name)


def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
    return AuthResult(success=good, handled=False)


async def main() -> None:
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trust.load_cert_chain(FOLDER / "cert.pem", FOLDER / "key.pem")
    loop = asyncio.get_running_loop()

    def plain() -> SMTP:
        return SMTP(
            Handler(), tls_context=trust, authenticator=authenticate, auth_required=True, auth_require_tls=False,
            data_size_limit=50_000_000,
        )  # fmt: skip

    def tls() -> SMTP:
        return SMTP(
            Handler(),
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=False,
            data_size_limit=50_000_000,
        )

    await loop.create_server(plain, "127.0.0.1", int(sys.argv[1]))
    await loop.create_server(tls, "127.0.0.1", int(sys.argv[2]), ssl=trust)
    await asyncio.sleep(3600)


asyncio.run(main())
