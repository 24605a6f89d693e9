"""/login/ and /logout/."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView

from tasks.pages.page import frame


class SignIn(LoginView):
    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return frame(self.request) | super().get_context_data(**kwargs)


class SignOut(LogoutView):
    next_page = "login"
