"""What commands find around them (`agents.surroundings`): from the environment, else from the data folder's record."""

from __future__ import annotations

from agents.errors import Unauthenticated, Unavailable
from agents.surroundings import Server


class Here:
    """This process, on this machine. Nothing is looked up before a command asks."""

    def server(self) -> Server:
        from config import environment

        settings = environment.read()
        if not settings.url:
            raise Unavailable(
                f"No platform is known here: start one with `interlock up`, or set INTERLOCK_URL and INTERLOCK_TOKEN, "
                f"or let INTERLOCK_DATA name a data folder ({settings.data.absolute()} has none)."
            )
        if not settings.token:
            raise Unauthenticated(
                f"There is no token for {settings.url}: set INTERLOCK_TOKEN to one that "
                "`interlock token create` printed."
            )
        return Server(settings.url.rstrip("/"), settings.token)

    def open_database(self) -> None:
        from config import parts

        parts.become("manage")
        import django

        django.setup()
