"""The paths of the approvals. `config.urls` includes them at the root."""

from __future__ import annotations

from django.urls import path

from approvals.api import bulk, deciding, grants, reading

urlpatterns = [
    path("api/approvals/", reading.Approvals.as_view()),
    path("api/approvals/count/", reading.Count.as_view()),
    path("api/approvals/decide/", bulk.DecideMany.as_view()),
    path("api/approvals/grants/", grants.Grants.as_view()),
    path("api/approvals/grants/<str:id>/revoke/", grants.Revoke.as_view()),
    path("api/approvals/<str:id>/", reading.OneApproval.as_view()),
    path("api/approvals/<str:id>/approve/", deciding.Approve.as_view()),
    path("api/approvals/<str:id>/deny/", deciding.Deny.as_view()),
]
