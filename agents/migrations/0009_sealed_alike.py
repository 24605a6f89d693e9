"""The secrets of mail accounts and tool servers are sealed like all others: bound to their row. Those that are there do not
open any more, and say so; whoever set them up enters them again."""

from django.db import migrations, models

COLUMNS = [
    ("mailaccount", "secret", models.BinaryField()),
    ("mailaccount", "client_secret", models.BinaryField(blank=True, default=b"")),
    ("toolserver", "env", models.BinaryField(blank=True, default=b"")),
    ("toolserver", "headers", models.BinaryField(blank=True, default=b"")),
]


def column(model: str, name: str, field: models.Field) -> migrations.RunSQL:
    change = f"ALTER TABLE agents_{model} ALTER COLUMN {name} TYPE"
    return migrations.RunSQL(
        f"{change} bytea USING convert_to({name}, 'UTF8')",
        f"{change} text USING encode({name}, 'escape')",
        state_operations=[migrations.AlterField(model, name, field)],
    )


class Migration(migrations.Migration):
    dependencies = [("agents", "0008_agents_and_their_contexts")]

    operations = [column(*each) for each in COLUMNS]
