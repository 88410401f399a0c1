"""Which repository each incident is put down to: one may name a commit, a service or a repository elsewhere.

Within that repository `incidents.py` finds the deployment.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Of the places that may be meant, the one that went live last within 72 hours before; else the first, to tell it there.
LAST_LIVE = """
    LEFT JOIN LATERAL (
        SELECT first_succeeded_at FROM deployments AS live
        WHERE live.repository_id = place.repository_id AND live.environment = 'production'
            AND (place.service = '' OR live.service = place.service)
            AND live.first_succeeded_at <= i.opened_at AND live.first_succeeded_at >= i.opened_at - interval '72 hours'
        ORDER BY live.first_succeeded_at DESC LIMIT 1
    ) AS last ON true
    ORDER BY last.first_succeeded_at DESC NULLS LAST, place.repository_id LIMIT 1
"""
# A repository that was deleted since keeps the incidents of its time; one that only held another's place has none.
THERE = "(r.deleted_at IS NULL OR (r.deleted_at > i.opened_at AND r.provider_id IS NOT NULL))"
# A commit that the incident's own repository knows is of that one. Its first characters are enough ('g' follows all of
# hexadecimal).
BY_OWN_COMMIT = """
    SELECT own.repository_id FROM commit_keys AS own
    WHERE own.repository_id = coalesce(i.named_repository_id, i.repository_id)
        AND own.commit_sha >= i.sha AND own.commit_sha < i.sha || 'g' LIMIT 1
"""
# Else it decides first, wherever it was deployed.
BY_COMMIT = f"""
    SELECT d.repository_id FROM deployments AS d JOIN repositories AS r ON r.id = d.repository_id
    WHERE d.sha >= i.sha AND d.sha < i.sha || 'g' AND r.organization_id = i.organization_id AND {THERE}
    ORDER BY d.repository_id IS NOT DISTINCT FROM coalesce(i.named_repository_id, i.repository_id) DESC, d.time, r.id
    LIMIT 1
"""  # noqa: S608 (constants of this module)
BY_DEPLOYMENT = f"""
    SELECT k.repository_id FROM repositories AS r JOIN deployment_keys AS k ON k.repository_id = r.id
        AND k.provider_key IN (i.deployment_key, 'deployment:' || i.deployment_key)
    WHERE i.deployment_key IS NOT NULL AND r.organization_id = i.organization_id AND {THERE}
    ORDER BY r.id IS NOT DISTINCT FROM i.repository_id DESC, r.id LIMIT 1
"""  # noqa: S608 (constants of this module)
BY_SERVICE = f"""
    SELECT place.repository_id FROM (
        SELECT s.repository_id, s.name AS service FROM services AS s JOIN repositories AS r ON r.id = s.repository_id
        WHERE lower(s.name) = lower(i.service) AND r.organization_id = i.organization_id AND {THERE}
        UNION ALL
        SELECT r.id, '' FROM repositories AS r
        WHERE lower(r.name) = lower(i.service) AND r.organization_id = i.organization_id AND {THERE}
    ) AS place {LAST_LIVE}
"""  # noqa: S608 (constants of this module)
# What a connection is mapped to; the third part of a key is the connection's name.
BY_SOURCE = f"""
    SELECT place.repository_id FROM (
        SELECT m.repository_id, m.service FROM incident_services AS m
        WHERE m.organization_id = i.organization_id AND m.source = split_part(i.provider_key, ':', 3)
    ) AS place {LAST_LIVE}
"""  # noqa: S608 (constants of this module)
SETTLE = f"""
    WITH settled AS (
        SELECT i.id, i.linked_repository_id AS before, CASE WHEN i.is_incident THEN coalesce(
            ({BY_OWN_COMMIT}), ({BY_COMMIT}), i.named_repository_id, ({BY_DEPLOYMENT}), ({BY_SERVICE}), ({BY_SOURCE}),
            i.repository_id
        ) END AS home
        FROM incidents AS i WHERE (i.is_incident OR i.linked_repository_id IS NOT NULL) AND {{which}}
    )
    UPDATE incidents SET linked_repository_id = home FROM settled
    WHERE incidents.id = settled.id AND before IS DISTINCT FROM home RETURNING before, home
"""  # noqa: S608 (constants of this module)
OF_KEYS = text(SETTLE.format(which="i.organization_id = :organization_id AND i.provider_key = ANY(:keys)"))
FLOATING = """(i.repository_id IS NULL OR i.named_repository_id IS NOT NULL OR i.sha IS NOT NULL
    OR i.deployment_key IS NOT NULL OR i.service IS NOT NULL)"""
# Those of which these repositories may be the home, or were. Each link asks this: what names none of their services and
# no connection that is theirs is not even looked at, each way has its index.
OF_REPOSITORIES = text(
    SETTLE.format(
        which=f"""{FLOATING}
    AND i.organization_id IN (SELECT organization_id FROM repositories WHERE id = ANY(:ids))
    AND i.id IN (
        SELECT id FROM incidents WHERE linked_repository_id = ANY(:ids)
        UNION ALL SELECT id FROM incidents WHERE lower(service) IN (
            SELECT lower(name) FROM services WHERE repository_id = ANY(:ids)
            UNION ALL SELECT lower(name) FROM repositories WHERE id = ANY(:ids))
        UNION ALL SELECT id FROM incidents WHERE split_part(provider_key, ':', 3) IN (
            SELECT source FROM incident_services WHERE repository_id = ANY(:ids))
        UNION ALL SELECT id FROM incidents AS named WHERE sha IS NOT NULL AND EXISTS (SELECT FROM deployments AS d
            WHERE d.repository_id = ANY(:ids) AND d.sha >= named.sha AND d.sha < named.sha || 'g')
        UNION ALL SELECT id FROM incidents AS named WHERE deployment_key IS NOT NULL AND EXISTS (
            SELECT FROM deployment_keys AS k WHERE k.repository_id = ANY(:ids)
                AND k.provider_key IN (named.deployment_key, 'deployment:' || named.deployment_key)))
"""  # noqa: S608 (constants of this module)
    )
)


async def settle_incidents(connection: AsyncConnection, organization_id: UUID, keys: Collection[str]) -> set[UUID]:
    """Find the home of incidents that were written. Returns the repositories that lost or gained one."""
    return await _settle(connection, OF_KEYS, {"organization_id": organization_id, "keys": list(keys)})


async def settle_incidents_of(connection: AsyncConnection, repository_ids: Collection[UUID]) -> set[UUID]:
    """The same for those that what is newly known of these repositories may be about."""
    return await _settle(connection, OF_REPOSITORIES, {"ids": list(repository_ids)})


async def _settle(connection: AsyncConnection, statement: TextClause, parameters: dict[str, object]) -> set[UUID]:
    rows = await connection.execute(statement, parameters)
    return {home for row in rows for home in row if home is not None}
