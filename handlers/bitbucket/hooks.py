"""The webhooks of workspaces and repositories: made, and repaired.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from handlers.bitbucket.client import Client, Forbidden, Missing, path_of
from handlers.bitbucket.connecting import Connected
from handlers.connecting import GONE, leads_to
from handlers.registry import find_events

NAME = "devmetrics"


@dataclass(frozen=True)
class Owner:
    """A workspace, or a repository in one, that has a webhook of ours."""

    workspace: str
    # Empty: all of them.
    repository: str = ""

    @property
    def hooks(self) -> str:
        if self.repository:
            return path_of("repositories", self.workspace, self.repository, "hooks")
        return path_of("workspaces", self.workspace, "hooks")

    @property
    def path(self) -> str:
        return f"{self.workspace}/{self.repository}" if self.repository else self.workspace

    @property
    def subject(self) -> str:
        return "repository" if self.repository else "workspace"

    def __str__(self) -> str:
        return f"{self.subject} {self.path}"


@dataclass(frozen=True)
class Done:
    """What was done to one owner's webhook, in words: for the terminal and the log."""

    owner: Owner
    what: str
    changed: bool = True
    # False: nothing can be done here, and somebody must act.
    well: bool = True


def owners_in(of: Connected) -> list[Owner]:
    """Of everything that was set up."""
    owners = [Owner(workspace) for workspace in of.workspaces]
    for path in of.repositories:
        workspace, _, repository = path.partition("/")
        owners.append(Owner(workspace, repository))
    return owners


async def find_owners(client: Client, workspaces: Collection[str], repositories: Collection[str]) -> list[Owner]:
    """Whose webhooks are to be made, each once; by the paths that Bitbucket itself writes."""
    owners: dict[Owner, None] = {}
    for workspace in workspaces:
        owners.update(dict.fromkeys(await _of_workspace(client, workspace)))
    for path in repositories:
        workspace, _, name = path.strip("/").partition("/")
        try:
            shown = await client.get(path_of("repositories", workspace, name))
        except Missing:
            raise Missing(f"There is no repository {path} on Bitbucket, or the token may not see it.") from None
        owners[_owner(shown)] = None
    return list(owners)


async def _of_workspace(client: Client, workspace: str) -> list[Owner]:
    """The workspace itself; where the token may not manage its webhooks, each repository that it sees."""
    owner = Owner(workspace.strip("/"))
    try:
        await client.get(owner.hooks)
    except (Forbidden, Missing):
        try:
            found = await client.every(path_of("repositories", owner.workspace), [("pagelen", "100")])
        except Missing:
            found = []
        if not found:
            raise Missing(
                f"There is no workspace {workspace} on Bitbucket, it has no repository, or the token may not see it: "
                "give its name as in its address, and a token of it or of something in it."
            ) from None
        return [_owner(shown) for shown in found]
    return [owner]


def _owner(shown: Mapping[str, Any]) -> Owner:
    workspace, _, repository = str(shown["full_name"]).partition("/")
    return Owner(workspace, repository)


async def keep_hooks(client: Client, owners: list[Owner], of: Connected, *, renew: bool) -> AsyncIterator[Done]:
    """Make their webhooks what they should be. `renew`: their secrets too, which Bitbucket never shows."""
    events = {subject: await _events(client, subject) for subject in sorted({owner.subject for owner in owners})}
    for owner in owners:
        try:
            async for done in _keep(client, owner, of, events[owner.subject], renew=renew):
                yield done
        except Forbidden as refused:
            raise Forbidden(f"The token may not manage webhooks of the {owner}. {refused}") from None
        except Missing:
            # One that was deleted keeps nobody from looking after the others.
            yield Done(owner, GONE, changed=False, well=False)


async def _keep(
    client: Client, owner: Owner, of: Connected, events: Collection[str], *, renew: bool
) -> AsyncIterator[Done]:
    whole = {"description": NAME, "url": of.address, "active": True, "secret": of.webhook_secret, "events": [*events]}
    hooks = await client.every(owner.hooks, [("pagelen", "100")])
    ours = [hook for hook in hooks if leads_to(hook["url"], of.address)]
    if not ours:
        await client.send("POST", owner.hooks, whole)
        yield Done(owner, "webhook made")
        return
    for double in ours[1:]:
        await client.send("DELETE", f"{owner.hooks}{path_of(double['uuid'])}")
        yield Done(owner, "a second webhook to the same address removed")
    hook = ours[0]
    lacking = sorted({*events} - {*hook.get("events", ())})
    wrong = [f"{event} turned on" for event in lacking]
    wrong += ["turned on again"] if not hook.get("active", True) else []
    wrong += ["its address changed"] if hook["url"] != of.address else []
    wrong += ["given its secret"] if renew or not hook.get("secret_set", True) else []
    if wrong:
        await client.send("PUT", f"{owner.hooks}{path_of(hook['uuid'])}", whole)
        yield Done(owner, f"webhook repaired: {', '.join(wrong)}")
    elif len(ours) == 1:
        yield Done(owner, "webhook is as it should be", changed=False)


async def _events(client: Client, subject: str) -> list[str]:
    """Those that are used here, of those that there are for it: a repository does not tell of being made."""
    there = {one["event"] for one in await client.every(path_of("hook_events", subject), [("pagelen", "100")])}
    package = import_module("handlers.bitbucket.events")
    return sorted(there & find_events(package.__name__, list(package.__path__)).keys())
