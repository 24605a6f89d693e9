"""Jobs: seen live, cancelled, retried and submitted. Only the platform writes their rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.admin.base import ReadOnly
from agents.admin_site import actor_in
from agents.errors import InterlockError
from agents.models import Workspace
from tasks.admin.verbs import call_for_each
from tasks.models import AgentJob
from tasks.operations import cancel, retry
from tasks.spec import JobType, parse
from tasks.submit import submit

RECORDS = {
    "attempts": ("attempt", "job__id__exact"),
    "tool calls": ("toolcall", "job__id__exact"),
    "log": ("logchunk", "job__id__exact"),
    "events": ("event", "job_id"),
    "waits for": ("dependency", "job__id__exact"),
    "is waited for by": ("dependency", "requires__id__exact"),
}


class SpecForm(forms.Form):
    workspace = forms.ModelChoiceField(Workspace._default_manager.all())
    spec = forms.CharField(
        widget=forms.Textarea({"rows": 24, "cols": 100, "class": "vLargeTextField", "spellcheck": "false"}),
        strip=False,
        help_text="A task spec in YAML or JSON: one task, or a batch under `tasks`. See /api/spec-schema/.",
    )


@admin.register(AgentJob)
class AgentJobAdmin(ReadOnly):
    id_fields = ("pk", "session_id")
    list_display = (
        *("title", "state", "priority_label", "progress", "session", "workspace", "type", "runtime", "attempt"),
        *("worker_id", "created_at", "completed_at"),
    )
    list_filter = ("state", "priority", "type", "runtime", "agent_type", "workspace", "created_at")
    list_select_related = ("session", "workspace")
    search_fields = ("title", "key", "session__name", "submitted_by_label")
    ordering = ("-pk",)
    actions = ("cancel_selected", "retry_selected")
    readonly_fields = ("records",)

    class Media:
        js = ("js/admin-live.js",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    @admin.display(description="priority", ordering="priority")
    def priority_label(self, job: AgentJob) -> str:
        return job.priority_label

    @admin.display(description="progress")
    def progress(self, job: AgentJob) -> str:
        percent = "" if job.progress_percent is None else f"{job.progress_percent:.0f} %"
        return f"{percent} {job.progress_message}".strip()

    @admin.display(description="records")
    def records(self, job: AgentJob) -> SafeString:
        links = [
            (f"{reverse(f'admin:tasks_{model}_changelist')}?{lookup}={job.pk}", name)
            for name, (model, lookup) in RECORDS.items()
        ]
        return format_html("{}", format_html_join(" · ", '<a href="{}">{}</a>', links))

    @admin.action(description="Cancel selected jobs")
    def cancel_selected(self, request: HttpRequest, jobs: QuerySet[AgentJob]) -> None:
        def verb(actor: Any, job: AgentJob) -> str:
            return cancel.cancel(actor, job.pk, "cancelled in the admin").outcome.replace("_", " ")

        call_for_each(request, jobs, verb)

    @admin.action(description="Retry selected jobs")
    def retry_selected(self, request: HttpRequest, jobs: QuerySet[AgentJob]) -> None:
        call_for_each(request, jobs, lambda actor, job: f"{retry.retry(actor, job.pk).state} again")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Submit a spec through the one door."""
        form = SpecForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            workspace = form.cleaned_data["workspace"]
            try:
                specs = parse(form.cleaned_data["spec"], types=frozenset(JobType))
                specs = [spec.model_copy(update={"workspace": spec.workspace or workspace.slug}) for spec in specs]
                jobs = submit(actor_in(request, [workspace.pk]), specs).jobs
            except InterlockError as error:
                for sentence in _sentences(error):
                    form.add_error("spec", sentence)
            else:
                messages.success(request, f"{len(jobs)} submitted.")
                return HttpResponseRedirect(reverse("admin:tasks_agentjob_changelist"))
        context = self.admin_site.each_context(request) | {"title": "Submit jobs", "form": form, "opts": self.opts}
        return TemplateResponse(request, "admin/tasks/agentjob/submit.html", context)


def _sentences(error: InterlockError) -> list[str]:
    """Each mistake with its line, or the one sentence."""
    return [
        f"Line {detail.line}: {detail.path}: {detail.message}" if detail.line else f"{detail.path}: {detail.message}"
        for detail in error.details
    ] or [error.message]
