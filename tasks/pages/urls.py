"""The paths of the pages. `config.urls` includes them at the root, and names the signing in for Django itself."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from tasks.pages import change_views, error_codes, monitor_views, new_views, sign_in, task_views

pages = [
    path("tasks/", monitor_views.tasks, name="tasks"),
    path("tasks/new/", new_views.new_task, name="new"),
    path("tasks/new/check/", new_views.check, name="check"),
    path("tasks/sessions/<uuid:id>/pause/", change_views.pause_session, name="pause-session"),
    path("tasks/sessions/<uuid:id>/resume/", change_views.resume_session, name="resume-session"),
    path("tasks/sessions/<uuid:id>/close/", change_views.close_session, name="close-session"),
    path("tasks/<uuid:id>/", task_views.task, name="task"),
    path("tasks/<uuid:id>/cancel/", change_views.cancel_task, name="cancel"),
    path("tasks/<uuid:id>/retry/", change_views.retry_task, name="retry"),
    path("tasks/<uuid:id>/log/", task_views.task_log, name="log"),
    path("tasks/<uuid:id>/log.txt", task_views.log_file, name="log-file"),
    path("docs/errors/", error_codes.errors, name="errors"),
]

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="pages:tasks")),
    path("", include((pages, "pages"))),
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("logout/", sign_in.SignOut.as_view(), name="logout"),
]
