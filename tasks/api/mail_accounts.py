"""/api/mail-accounts/: set up, listed and removed by the admins of a workspace."""

from __future__ import annotations

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from agents import mail_accounts
from agents.actor import Actor
from agents.api.views import ApiView
from agents.models import MailAccount
from agents.tools.email.account import Kind, Tls
from tasks.api import bodies, queries
from tasks.api.administering import administered, chosen
from tasks.api.describing import operation
from tasks.api.shapes import mail_account as shapes
from tasks.spec.fields import Line

TAG, ACCOUNTS = "mail accounts", "Mail accounts"
KINDS, TLS = [kind.value for kind in Kind], [tls.value for tls in Tls]


class MailAccountRequest(bodies.Body):
    """A mail account. `imap` takes the two servers, `gmail` and `graph` a refresh token with its client."""

    name: Line = Field(max_length=40, description="Small letters, digits and hyphens.", examples=["office"])
    workspace: str | None = Field(
        default=None, description="The workspace's slug; only needed by admins of several.", examples=["default"]
    )
    kind: bodies.word(KINDS) = Field(description="What it is.", examples=["imap"])  # type: ignore[valid-type]
    address: Line = Field(max_length=254, description="What its mail comes from.", examples=["office@example.org"])
    secret: str = Field(max_length=8000, description="The password, or the refresh token. Kept encrypted, never shown.")
    user: str = Field(default="", max_length=254, description="Who signs in; the address if not given.")
    imap_host: str = Field(default="", max_length=253, description="Where mail is read.")
    imap_port: int | None = Field(default=None, description="993 if not given, 143 with starttls.")
    imap_tls: bodies.word(TLS) = Field(  # type: ignore[valid-type]
        default="tls", description="How it is protected; `none` for this very machine only."
    )
    smtp_host: str = Field(default="", max_length=253, description="Where mail is sent.")
    smtp_port: int | None = Field(default=None, description="465 if not given, 587 with starttls.")
    smtp_tls: bodies.word(TLS) = Field(default="tls", description="The same for sending.")  # type: ignore[valid-type]
    api_base: str = Field(default="", max_length=500, description="Where the API is, if not where it usually is.")
    token_url: str = Field(default="", max_length=500, description="Where the refresh token is exchanged, likewise.")
    client_id: str = Field(default="", max_length=300, description="The application that the refresh token is for.")
    client_secret: str = Field(default="", max_length=8000, description="Its secret. Kept encrypted and never shown.")


def shape_of(row: MailAccount) -> shapes.MailAccount:
    shown = {name: getattr(row, name) for name in shapes.MailAccount.model_fields if name != "workspace"}
    return shapes.MailAccount.model_construct(**shown, workspace=row.workspace.slug)


class MailAccounts(ApiView):
    @operation(
        "listMailAccounts",
        "List the mail accounts that jobs may use",
        tag=TAG,
        query=(queries.WORKSPACE,),
        answers={200: shapes.MailAccountPage},
    )
    def get(self, request: Request) -> Response:
        asked = queries.read(request, queries.WORKSPACE)

        def work(actor: Actor) -> shapes.MailAccountPage:
            rows = MailAccount.objects.for_user(actor).filter(workspace__in=administered(actor, ACCOUNTS))
            if asked["workspace"]:
                rows = rows.filter(workspace__slug=asked["workspace"])
            found = [shape_of(row) for row in rows.select_related("workspace").order_by("name", "pk")]
            return shapes.MailAccountPage.model_construct(results=found, next=None)

        return Response(self.inside(work))

    @operation(
        "createMailAccount",
        "Set up a mail account",
        tag=TAG,
        description="For admins of the workspace. Jobs use it at once, under the policy.",
        body=MailAccountRequest,
        answers={201: shapes.MailAccount},
    )
    def post(self, request: Request) -> Response:
        queries.read(request)
        body = bodies.read(request, MailAccountRequest)
        given = body.model_dump(exclude={"workspace"})
        words = {"kind": Kind(body.kind), "imap_tls": Tls(body.imap_tls), "smtp_tls": Tls(body.smtp_tls)}
        asked = mail_accounts.Asked(**(given | words))

        def work(actor: Actor) -> shapes.MailAccount:
            return shape_of(mail_accounts.create(actor, chosen(actor, body.workspace, ACCOUNTS), asked))

        return Response(self.inside(work), status=201)


class OneMailAccount(ApiView):
    @operation(
        "removeMailAccount",
        "Remove a mail account",
        tag=TAG,
        description="Its secrets are gone; jobs that use it fail from now on. The answer is what it was.",
        answers={200: shapes.MailAccount},
    )
    def delete(self, request: Request, id: str) -> Response:
        queries.read(request)
        return Response(self.inside(lambda actor: shape_of(mail_accounts.remove(actor, id))))
