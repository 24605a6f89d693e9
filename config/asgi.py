"""The web process's application: HTTP by Django, sockets by Channels."""

from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
pages_and_api = get_asgi_application()

from tasks.api.body_limit import BodyLimit  # noqa: E402 - models can be imported only after Django woke
from tasks.pages.live import LivePages  # noqa: E402

sockets = URLRouter([path("ws/live/", LivePages.as_asgi())])  # type: ignore[arg-type, list-item] # an ASGI application
application = ProtocolTypeRouter(
    {
        "http": BodyLimit(pages_and_api),
        # A browser says from which page it opens a socket; another site's page must not use our session.
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(sockets)),
    }
)
