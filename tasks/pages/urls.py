"""The paths of the pages. `config.urls` includes them at the root, and names the signing in for Django itself."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from tasks.pages import change_views, monitor_views, new_views, sign_in, task_views

pages = [
    path("tasks/", monitor_views.tasks, name="tasks"),
    path("tasks/new/", new_views.new_task, name="new"),
    path("tasks/new/check/", new_views.check, name="check"),
    path("tasks/sessions/<uuid:id>/cancel/", change_views.cancel_session, name="cancel-session"),
    path("tasks/<uuid:id>/", task_views.task, name="task"),
    path("tasks/<uuid:id>/cancel/", change_views.cancel, name="cancel"),
    path("tasks/<uuid:id>/retry/", change_views.retry, name="retry"),
    path("tasks/<uuid:id>/log/", task_views.task_log, name="log"),
    path("tasks/<uuid:id>/log.txt", task_views.log_file, name="log-file"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="pages:tasks")),
    path("", include((pages, "pages"))),
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
]
