"""The tables are the data model's: its names, its columns, its types."""

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.continuous import is_continuous
from storage.models import Base

DATA_MODEL = {
    "organizations": "id uuid, name varchar, slug varchar, created_at timestamptz, updated_at timestamptz",
    "teams": "id uuid, organization_id uuid, name varchar, slug varchar, created_at timestamptz",
    "developers": "id uuid, email varchar, name varchar, github_username varchar, gitlab_username varchar, "
    "created_at timestamptz",
    "repositories": "id uuid, organization_id uuid, name varchar, provider varchar, provider_id varchar, url text, "
    "default_branch varchar, created_at timestamptz",
    "team_members": "team_id uuid, developer_id uuid, role varchar, joined_at timestamptz",
    "commits": "time timestamptz, repository_id uuid, commit_sha varchar, author_id uuid, lines_added int4, "
    "lines_deleted int4, files_changed int4, message text",
    "pull_requests": "time timestamptz, repository_id uuid, pr_number int4, author_id uuid, state varchar, "
    "merged_at timestamptz, lines_added int4, lines_deleted int4, review_comments int4",
    "deployments": "time timestamptz, repository_id uuid, environment varchar, status varchar, duration_seconds int4, "
    "deployed_by uuid",
    "daily_commit_stats": "day date, repository_id uuid, commit_count int4, total_lines_added int4, "
    "total_lines_deleted int4",
    "weekly_dora_metrics": "week date, repository_id uuid, deployment_count int4, avg_duration float8, "
    "failed_count int4",
}
ADDED = """
    pushes pull_request_commits pull_request_events reviews review_requests services team_repositories team_services
    developer_identities incidents deployment_evidence changes shipped_changes provider_connections installations
    team_settings repository_settings webhook_deliveries digest_subscriptions digest_runs alerts api_tokens audit_logs
"""
# Hypertables: TimescaleDB wants the time in every unique key, so their identity is kept in a table beside them.
HYPERTABLES = {"commits", "pull_requests", "deployments"}

# What happened at a moment, and may happen again at another.
MOMENTS = {"pull_request_events", "deployment_marks"}


@pytest.mark.parametrize("table", DATA_MODEL)
async def test_a_table_has_the_columns_of_the_data_model(engine: AsyncEngine, table: str) -> None:
    query = sa.text("SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = :table")
    async with engine.connect() as connection:
        columns = {f"{name} {kind}" for name, kind in await connection.execute(query, {"table": table})}
        if await is_continuous(connection, table):
            # A bucket of a continuous aggregate is a moment (docs/operations.md).
            columns = {
                column.replace("day timestamptz", "day date").replace("week timestamptz", "week date")
                for column in columns
            }
    assert {*DATA_MODEL[table].split(", ")} <= columns


def test_the_added_tables_are_there() -> None:
    assert {*ADDED.split()} <= {*Base.metadata.tables}


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_times_have_a_zone_and_keys_have_no_time(table: sa.Table) -> None:
    """A natural key never contains time: a better time would make it another row."""
    for column in table.columns:
        if isinstance(column.type, sa.DateTime):
            assert column.type.timezone
    if table.name not in HYPERTABLES:
        keys = {column.name for column in table.primary_key if isinstance(column.type, sa.DateTime)}
        assert keys == ({"at"} if table.name in MOMENTS else set())


@pytest.mark.parametrize("table", Base.metadata.sorted_tables, ids=lambda table: table.name)
def test_what_is_looked_up_by_person_or_repository_has_an_index(table: sa.Table) -> None:
    """PostgreSQL makes none for a foreign key, and joining two people updates all their rows."""
    first_columns = {next(iter(index.columns)).name for index in table.indexes if len(index.columns)}
    members = {column.name for column in table.primary_key}
    for column in table.columns:
        if any(key.column.table.name == "developers" for key in column.foreign_keys):
            assert column.name in first_columns | members, f"{table.name}.{column.name} has no index"
