"""Everything that is stored about one person."""

from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import fetch
from storage.facts.redaction import naming_pattern
from storage.forgetting import find_known


class Part(NamedTuple):
    """`sql` takes the developer's id ($1)."""

    name: str
    sql: str


PARTS = (
    Part("person", "SELECT * FROM developers WHERE id = $1"),
    Part(
        "identities", "SELECT * FROM developer_identities WHERE developer_id = $1 ORDER BY provider, host, kind, value"
    ),
    Part(
        "teams",
        "SELECT teams.name, teams.slug, member.role, member.joined_at, member.added_by FROM team_members AS member "
        "JOIN teams ON teams.id = team_id WHERE developer_id = $1 ORDER BY teams.slug",
    ),
    Part(
        "removed_from_teams",
        "SELECT teams.name, teams.slug, one.removed_at, one.removed_by FROM removed_team_members AS one "
        "JOIN teams ON teams.id = team_id WHERE developer_id = $1 ORDER BY teams.slug",
    ),
    Part(
        "commits",
        "SELECT path AS repository, commit_sha, time, message, author_identity FROM commits "
        "JOIN repositories AS r ON r.id = repository_id WHERE author_id = $1 ORDER BY time, commit_sha",
    ),
    Part(
        "pull_requests",
        "SELECT path AS repository, pr_number, time, merged_at, closed_at, title, body, head_ref, p.url "
        "FROM pull_requests AS p JOIN repositories AS r ON r.id = repository_id WHERE author_id = $1 "
        "ORDER BY time, pr_number",
    ),
    Part(
        "reviews",
        "SELECT path AS repository, pr_number, v.provider_key, kind, state, submitted_at FROM reviews AS v "
        "JOIN repositories AS r ON r.id = repository_id WHERE reviewer_id = $1 ORDER BY submitted_at, v.provider_key",
    ),
    Part(
        "review_requests",
        "SELECT path AS repository, pr_number, reviewer, q.name, requested, q.seen_at FROM review_requests AS q "
        "JOIN repositories AS r ON r.id = repository_id WHERE developer_id = $1 ORDER BY q.seen_at, pr_number",
    ),
    Part(
        "deployments",
        "SELECT path AS repository, provider_key, time, environment_name, status, d.url FROM deployments AS d "
        "JOIN repositories AS r ON r.id = repository_id WHERE deployed_by = $1 ORDER BY time, provider_key",
    ),
)
# What was done by hand is of a login or an account of Slack; $1: their pattern.
BY_HAND = (
    Part(
        "marks",
        "SELECT path AS repository, provider_key, at, mark, marked_by FROM deployment_marks "
        "JOIN repositories AS r ON r.id = repository_id WHERE marked_by ~* $1 ORDER BY at",
    ),
    Part("subscriptions", "SELECT * FROM digest_subscriptions WHERE created_by ~* $1 ORDER BY created_at"),
    Part("alerts", "SELECT * FROM alerts WHERE created_by ~* $1 ORDER BY created_at"),
    Part(
        "digests",
        "SELECT teams.slug AS team, run.scheduled_for, run.kind, run.sent_at, run.numbers, run.reason "
        "FROM digest_runs AS run LEFT JOIN digest_subscriptions AS s ON s.id = subscription_id "
        "LEFT JOIN alerts AS a ON a.id = alert_id JOIN teams ON teams.id = coalesce(s.team_id, a.team_id) "
        "WHERE concat_ws(' ', run.reason, run.numbers) ~* $1 ORDER BY run.scheduled_for, run.id",
    ),
    Part("audit", "SELECT * FROM audit_logs WHERE concat_ws(' ', actor, subject, before, after) ~* $1 ORDER BY id"),
)


async def export_person(connection: AsyncConnection, person: str, slack_id: str | None = None) -> dict[str, Any]:
    """By part; values as PostgreSQL writes them as JSON. Raises PersonProblem when it is nobody, or more than one."""
    known = await find_known(connection, person, slack_id)
    pattern = naming_pattern({*known.terms, *known.identities})
    told = {part.name: await _rows(connection, part, known.developer_id) for part in PARTS}
    told |= {part.name: await _rows(connection, part, pattern) if pattern else [] for part in BY_HAND}
    return told


async def _rows(connection: AsyncConnection, part: Part, of: object) -> list[dict[str, Any]]:
    # The order of the rows is the part's own.
    statement = f"SELECT coalesce(json_agg(row_to_json(one)), '[]') FROM ({part.sql}) AS one"  # noqa: S608 (constants)
    [(rows,)] = await fetch(connection, statement, of)
    return list(rows)
