"""The admin pages: for platform admins, who see every workspace, each look on record.

Every admin view runs, and its template is rendered, in the explicit all-workspaces context; without it the web's
database role would see nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from agents import actor as actors
from agents.actor import Actor
from agents.tenancy import as_platform

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

LIVE = "X-Interlock-Live"
"""Sent by a list that refreshes itself."""


class PlatformAdminConfig(AdminConfig):
    default_site = "agents.admin_site.PlatformSite"


class PlatformSite(AdminSite):
    site_title = site_header = "Interlock admin"
    index_title = "Every workspace"
    final_catch_all_view = False  # its redirects to the path with a slash would hide config.paths

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff and request.user.is_superuser)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def in_all_workspaces(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not self.has_permission(request):
                return inner(request, *args, **kwargs)
            reason = "a list refreshed itself" if LIVE in request.headers else ""
            with as_platform(_actor(request), path=request.get_full_path(), reason=reason):
                response = inner(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return update_wrapper(in_all_workspaces, inner)


def _actor(request: HttpRequest) -> Actor:
    return actors.of_user(cast("AbstractBaseUser", request.user))


def actor_in(request: HttpRequest, workspaces: Iterable[UUID]) -> Actor:
    """The platform admin as one who may do everything in these workspaces, for the verbs."""
    return _actor(request).as_admin_of(workspaces)
