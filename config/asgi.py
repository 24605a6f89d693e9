"""The web process's application: HTTP by Django, sockets by Channels."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()

from tasks.api.body_limit import BodyLimit  # noqa: E402 - only now are the apps loaded

application = ProtocolTypeRouter({"http": BodyLimit(django)})
