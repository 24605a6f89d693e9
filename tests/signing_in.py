"""People with a password, and the browser sessions they open on a platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.platform import Platform

PASSWORD = "correct horse battery staple"


def make_user(
    platform: Platform, name: str, *, superuser: bool = False, staff: bool = False, workspace: str = "", role: str = ""
) -> None:
    """A user who can sign in, and a member of the workspace, if one is given; nothing if there is one already."""
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    platform.sql(
        "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, "
        "date_joined) VALUES (%s, %s, %s, %s, true, '', '', '', now()) ON CONFLICT DO NOTHING",
        [name, password, superuser, superuser or staff],
    )
    if workspace:
        platform.token("viewer", workspace)  # makes the workspace
        platform.sql(
            "INSERT INTO agents_membership (workspace_id, user_id, role) SELECT w.id, u.id, %s "
            "FROM agents_workspace w, auth_user u WHERE w.slug = %s AND u.username = %s ON CONFLICT DO NOTHING",
            [role, workspace, name],
        )


@contextmanager
def signed_in(platform: Platform, name: str) -> Iterator[httpx.Client]:
    """A browser in which that user signed in."""
    with httpx.Client(base_url=platform.url, timeout=30) as browser:
        browser.get("/login/")
        form = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        answer = browser.post("/login/", data=form, headers={"Referer": f"{platform.url}/login/"})
        assert answer.status_code == 302, answer.text
        yield browser
