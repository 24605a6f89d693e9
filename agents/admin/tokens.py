"""API tokens. A token is shown once, when it is made; its digest, which is its primary key, never.

So these pages call a token by its first characters, `token_key`, wherever the admin would show the key.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.views.main import ChangeList
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from agents import tokens
from agents.admin.base import NotDeleted
from agents.models import ApiToken
from agents.roles import Role


class NewToken(forms.ModelForm):
    days = forms.IntegerField(
        label="Good for days", min_value=1, max_value=3650, required=False, help_text="Empty: until it is revoked."
    )

    class Meta:
        model = ApiToken
        fields = ("name", "workspace", "role", "user")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].required = False
        self.fields["user"].help_text = "Whose token it is. Empty: a service account's."


class KnownToken(forms.ModelForm):
    revoke = forms.BooleanField(label="Revoke it now", required=False, help_text="It is refused from then on.")

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = ()


class ByTokenKey(ChangeList):
    """Links to tokens by their first characters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pk_attname = "token_key"


@admin.register(ApiToken)
class ApiTokenAdmin(NotDeleted):
    id_fields = ()
    list_display = ("token_key", "name", "workspace", "role", "user", "created", "expiry", "revoked_at")
    list_filter = ("role", "workspace", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("workspace", "user")
    search_fields = ("name", "token_key", "user__username")
    shown = ("token_key", "name", "workspace", "role", "user", "created", "expiry", "revoked_at")
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ByTokenKey

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if "\x00" in object_id:
            return None
        return self.get_queryset(request).filter(token_key=object_id).first()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=KnownToken if obj else NewToken, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "workspace", "role", "user", "days")
        return self.shown if obj.revoked_at else (*self.shown, "revoke")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ()

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        if change:
            if form.cleaned_data.get("revoke"):
                tokens.revoke(obj)
            return
        days = form.cleaned_data["days"]
        made, form.token = tokens.create(
            obj.workspace,
            Role(obj.role),
            obj.name,
            user=form.cleaned_data["user"],
            expires_in=timedelta(days=days) if days else None,
        )
        obj.__dict__.update(made.__dict__)
        request.new_token = form.token  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The token itself, on a page that nothing keeps."""
        token = request.new_token  # type: ignore[attr-defined]
        context = self.admin_site.each_context(request) | {"title": "The token was made", "token": token, "made": obj}
        return TemplateResponse(request, "admin/agents/apitoken/made.html", context | {"opts": self.opts})

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, ADDITION, "Made.")

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, CHANGE, "Revoked.")

    def _log(self, request: HttpRequest, obj: ApiToken, flag: int, message: str) -> LogEntry:
        return LogEntry.objects.create(
            user_id=cast(int, request.user.pk),
            content_type=ContentType.objects.get_for_model(ApiToken),
            object_id=obj.token_key,
            object_repr=str(obj)[:200],
            action_flag=flag,
            change_message=message,
        )
