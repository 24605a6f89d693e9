"""The paths of the REST API. `config.urls` includes them at the root."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from tasks.api import (
    cancellations,
    events,
    exporting,
    job,
    job_records,
    jobs,
    mail_accounts,
    moving,
    openapi,
    pausing,
    platform,
    policy,
    priorities,
    provider_keys,
    resources,
    retrying,
    sessions,
    tokens,
    tool_servers,
    undo,
)
from tasks.api.waiting import patient

assert openapi.BearerScheme.name  # its import is what makes drf-spectacular know the schemes

urlpatterns = [
    path("api/tasks/", patient(jobs.Tasks.as_view())),
    path("api/tasks/batch/", jobs.Batch.as_view()),
    path("api/tasks/cancel/", cancellations.CancelMany.as_view()),
    path("api/tasks/retry/", retrying.RetryMany.as_view()),
    path("api/tasks/priority/", priorities.Many.as_view()),
    path("api/tasks/move/", moving.MoveTasks.as_view()),
    path("api/tasks/override/", moving.OverrideTasks.as_view()),
    path("api/tasks/<str:id>/", patient(job.Task.as_view())),
    path("api/tasks/<str:id>/cancel/", job.Cancel.as_view()),
    path("api/tasks/<str:id>/priority/", priorities.One.as_view()),
    path("api/tasks/<str:id>/retry/", job.Retry.as_view()),
    path("api/tasks/<str:id>/logs/", job_records.Logs.as_view()),
    path("api/tasks/<str:id>/events/", job_records.Events.as_view()),
    path("api/tasks/<str:id>/calls/", job_records.Calls.as_view()),
    path("api/tasks/<str:id>/spec/", job_records.Spec.as_view()),
    path("api/cancellations/", cancellations.Cancellations.as_view()),
    path("api/cancellations/<str:id>/", cancellations.OneCancellation.as_view()),
    path("api/cancellations/<str:id>/jobs/", cancellations.JobsOfIt.as_view()),
    path("api/agent-jobs/", patient(jobs.AgentJobs.as_view())),
    path("api/agent-jobs/<str:id>/", patient(job.OneAgentJob.as_view())),
    path("api/sessions/", sessions.Sessions.as_view()),
    path("api/sessions/<str:id>/", sessions.OneSession.as_view()),
    path("api/sessions/<str:id>/close/", sessions.Close.as_view()),
    path("api/sessions/<str:id>/pause/", sessions.Pause.as_view()),
    path("api/sessions/<str:id>/resume/", sessions.Resume.as_view()),
    path("api/undo/<str:id>/", undo.Undo.as_view()),
    path("api/workers/", platform.Workers.as_view()),
    path("api/resources/", resources.Resources.as_view()),
    path("api/queue/", platform.Queue.as_view()),
    path("api/queue/export/", exporting.Export.as_view()),
    path("api/queue/pause/", pausing.Pause.as_view()),
    path("api/queue/resume/", pausing.Resume.as_view()),
    path("api/queue/stop/", pausing.Stop.as_view()),
    path("api/events/", events.Events.as_view()),
    path("api/policy/rules/", policy.AllRules.as_view()),
    path("api/policy/rules/defaults/", policy.Defaults.as_view()),
    path("api/policy/rules/<str:id>/", policy.OneRule.as_view()),
    path("api/policy/check/", policy.Check.as_view()),
    path("api/me/", platform.Me.as_view()),
    path("api/tokens/", tokens.Tokens.as_view()),
    path("api/tokens/<str:id>/", tokens.OneToken.as_view()),
    path("api/tool-servers/", tool_servers.ToolServers.as_view()),
    path("api/tool-servers/<str:id>/", tool_servers.OneToolServer.as_view()),
    path("api/tool-servers/<str:id>/refresh/", tool_servers.RefreshToolServer.as_view()),
    path("api/tool-servers/<str:id>/switch/", tool_servers.SwitchToolServer.as_view()),
    path("api/mail-accounts/", mail_accounts.MailAccounts.as_view()),
    path("api/mail-accounts/<str:id>/", mail_accounts.OneMailAccount.as_view()),
    path("api/provider-keys/", provider_keys.ProviderKeys.as_view()),
    path("api/provider-keys/<str:id>/", provider_keys.OneProviderKey.as_view()),
    path("api/spec-schema/", platform.SpecSchema.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(authentication_classes=[]), name="api-schema"),
    path(
        "api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema", authentication_classes=[]), name="api-docs"
    ),
]
