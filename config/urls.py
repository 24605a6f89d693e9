"""Every path of the platform."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path

from config import flower_proxy, health

admin.site.final_catch_all_view = False  # its redirects to the path with a slash would hide config.paths
handler400 = "agents.api.fallbacks.bad_request"
handler403 = "agents.api.fallbacks.permission_denied"
handler404 = "agents.api.fallbacks.page_not_found"
handler500 = "agents.api.fallbacks.server_error"

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    re_path(r"^admin/queues(?:/(?P<path>.*))?$", flower_proxy.queues),
    path("admin/", admin.site.urls),
    path("", include("tasks.pages.urls")),
    path("", include("tasks.api.urls")),
    path("", include("approvals.api.urls")),
]
