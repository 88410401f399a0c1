"""What a token may do. https://developer.atlassian.com/cloud/bitbucket/bitbucket-cloud-rest-api-scopes/"""

from collections.abc import Iterable, Mapping

from handlers.asking.api import Refused
from handlers.bitbucket.client import Client, path_of

# By what they are for, in the words of access tokens: other scopes that include each, and that of a person's API token,
# which includes no other. https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions/
READING: Mapping[str, frozenset[str]] = {
    "repository": frozenset({"repository:write", "pullrequest", "pullrequest:write", "read:repository:bitbucket"}),
    "pullrequest": frozenset({"pullrequest:write", "read:pullrequest:bitbucket"}),
    "pipeline": frozenset({"pipeline:write", "pipeline:variable", "read:pipeline:bitbucket"}),
}
TO_MANAGE: Mapping[str, frozenset[str]] = {"webhook": frozenset({"write:webhook:bitbucket"})}
NAMES = {
    "repository": "Repositories: read",
    "pullrequest": "Pull requests: read",
    "pipeline": "Pipelines: read",
    "webhook": "Webhooks: read and write",
}


async def check_scopes(client: Client, workspace: str, *, to_change: bool) -> list[str]:
    """Those it has. Raises `Refused` when it cannot do what is wanted: read, or also `to_change` webhooks.

    Every answer names them: https://support.atlassian.com/bitbucket-cloud/kb/how-to-fetch-the-scope-of-a-token-via-command-line/
    """
    headers = await client.headers(path_of("repositories", workspace), [("pagelen", "1")])
    told = headers.get("X-OAuth-Scopes", "")
    granted = [scope.strip() for scope in told.split(",") if scope.strip()]
    lacking = list(_lacking(granted, {**READING, **(TO_MANAGE if to_change else {})}))
    if granted and lacking:
        wanted = "; ".join(NAMES[scope] for scope in lacking)
        raise Refused(
            f"The token has the scopes {', '.join(granted)}. It lacks {', '.join(lacking)}: make another one with the "
            f"permissions {wanted} beside those."
        )
    return granted


def _lacking(granted: Iterable[str], needed: Mapping[str, frozenset[str]]) -> Iterable[str]:
    has = {*granted}
    return (scope for scope, others in needed.items() if scope not in has and not others & has)
