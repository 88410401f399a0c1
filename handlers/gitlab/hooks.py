"""The webhooks of groups and projects: made, repaired, and enabled again when GitLab disabled them.

https://docs.gitlab.com/api/project_webhooks/ and https://docs.gitlab.com/api/group_webhooks/
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from handlers.asking.api import Refused
from handlers.connecting import leads_to
from handlers.gitlab.client import Client, Forbidden, Missing, path_of
from handlers.times import Time, parse_time

# What the handlers use: as docs/install.md lists them.
TRIGGERS = {
    "push_events": True,
    "tag_push_events": True,
    "merge_requests_events": True,
    "note_events": True,
    "issues_events": True,
    "confidential_issues_events": True,
    "confidential_note_events": True,
    "deployment_events": True,
    "pipeline_events": True,
    "job_events": True,
    "releases_events": True,
}
OF_GROUPS = {"subgroup_events": True, "member_events": True, "project_events": True}
EXECUTABLE = "executable"
# The kind of test request, of which any will do: one that succeeds enables the webhook again.
# https://docs.gitlab.com/user/project/integrations/webhooks/#re-enable-disabled-webhooks
TEST = "push_events"
# GitLab answers 400 to whoever asks for more of them on a page.
# https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/hooks/events.rb
MOST_EVENTS = 20


class EventPart(msgspec.Struct):
    """An attempt at a delivery. https://docs.gitlab.com/api/project_webhooks/#list-project-webhook-events"""

    id: int
    response_status: str | int | None = None
    created_at: Time = None
    request_headers: dict[str, Any] | None = None


@dataclass(frozen=True)
class Owner:
    """A group or a project that has a webhook of ours."""

    kind: Literal["groups", "projects"]
    path: str

    @property
    def hooks(self) -> str:
        return path_of(self.kind, self.path, "/hooks")

    def __str__(self) -> str:
        return f"{'group' if self.kind == 'groups' else 'project'} {self.path}"


@dataclass(frozen=True)
class Done:
    """What was done to one owner's webhook, in words: for the terminal and the log."""

    owner: Owner
    what: str
    changed: bool = True
    # False: it still does not send, and somebody must act.
    well: bool = True


@dataclass(frozen=True)
class Keeping:
    """Where webhooks lead, and the secret they have: {"signing_token": ...} or, of older versions, {"token": ...}."""

    address: str
    secret: Mapping[str, str]


async def owners_of_group(client: Client, group: str) -> list[Owner]:
    """The group itself; where groups have no webhooks (without Premium), each of its projects."""
    owner = Owner("groups", group)
    try:
        await client.get(owner.hooks)
    except Forbidden:
        raise Forbidden(
            f"The token may not manage webhooks of the group {group}: it needs the scope api and the role Owner in it."
        ) from None
    except Missing:
        projects = await client.every(
            path_of("groups", group, "/projects"), include_subgroups="true", with_shared="false", archived="false"
        )
        if not projects:
            raise Missing(f"The group {group} is not there, has no project, or the token may not see it.") from None
        return [Owner("projects", project["path_with_namespace"]) for project in projects]
    return [owner]


async def keep_hook(client: Client, owner: Owner, keeping: Keeping, *, renew: bool = False) -> AsyncIterator[Done]:
    """Make the owner's webhook what it should be. `renew`: its secret too, which GitLab never shows."""
    wanted = {**TRIGGERS, **(OF_GROUPS if owner.kind == "groups" else {})}
    whole = {"url": keeping.address, "enable_ssl_verification": True, **wanted, **keeping.secret}
    try:
        ours = await _ours(client, owner, keeping.address)
        if not ours:
            made = await client.send("post", owner.hooks, **whole)
            _must_sign(made, keeping)
            yield Done(owner, "webhook made")
            return
        for double in ours[1:]:
            await client.send("delete", f"{owner.hooks}/{double['id']}")
            yield Done(owner, "a second webhook to the same address removed")
        hook = ours[0]
        # What this version does not have, it does not show.
        off = sorted(name for name, on in wanted.items() if name in hook and hook[name] is not on)
        unsigned = "signing_token" in keeping.secret and not hook.get("signing_token_present")
        moved = hook["url"] != keeping.address
        wrong = bool(off or unsigned or renew or moved)
        if wrong:
            changed = await client.send("put", f"{owner.hooks}/{hook['id']}", **whole)
            _must_sign(changed, keeping)
            reasons = [f"{name.removesuffix('_events').replace('_', ' ')} turned on" for name in off]
            reasons += ["its address changed"] if moved else []
            yield Done(owner, f"webhook repaired: {', '.join(reasons or ['given its secret'])}")
        async for done in enable(client, owner, hook):
            yield done
        if not wrong and len(ours) == 1 and hook.get("alert_status", EXECUTABLE) == EXECUTABLE:
            yield Done(owner, "webhook is as it should be", changed=False)
    except Forbidden:
        role = "Owner" if owner.kind == "groups" else "Maintainer"
        raise Forbidden(
            f"The token may not manage webhooks of the {owner}: it needs the scope api and the role {role} in it."
        ) from None


class Unsigned(Refused):
    """This GitLab is too old to sign."""


def _must_sign(hook: Mapping[str, Any], keeping: Keeping) -> None:
    if "signing_token" in keeping.secret and not hook.get("signing_token_present"):
        raise Unsigned("This GitLab is too old to sign its deliveries: it has to send a secret token.")


async def enable(client: Client, owner: Owner, hook: Mapping[str, Any]) -> AsyncIterator[Done]:
    """A webhook that GitLab disabled after failures sends nothing more until a test of it succeeds."""
    status = hook.get("alert_status", EXECUTABLE)
    if status == EXECUTABLE:
        return
    await client.send("post", f"{owner.hooks}/{hook['id']}/test/{TEST}")
    after: Mapping[str, Any] = await client.get(f"{owner.hooks}/{hook['id']}")
    if after.get("alert_status", EXECUTABLE) == EXECUTABLE:
        yield Done(owner, "webhook enabled again, which GitLab had disabled after failures")
    else:
        what = "webhook is disabled by GitLab, and a test of it failed: does GitLab reach PUBLIC_URL?"
        yield Done(owner, what, changed=False, well=False)


async def list_failed(client: Client, owners: Sequence[Owner], address: str, since: datetime) -> dict[str, str]:
    """Deliveries since then that never arrived: where to ask for each again, by its key. The oldest first."""
    failed: dict[str, str] = {}
    arrived: set[str] = set()
    for owner in owners:
        try:
            hooks = await _ours(client, owner, address)
        except Missing:
            # It was deleted, and nothing is to be told of it.
            continue
        for hook in hooks:
            events = f"{owner.hooks}/{hook['id']}/events"
            async for event in _events_since(client, events, since):
                key = (event.request_headers or {}).get("Idempotency-Key")
                if key is None:
                    continue
                if str(event.response_status).startswith("2"):
                    arrived.add(key)
                else:
                    failed.setdefault(key, f"{events}/{event.id}/resend")
    return {key: again for key, again in reversed(failed.items()) if key not in arrived}


async def _ours(client: Client, owner: Owner, address: str) -> list[Mapping[str, Any]]:
    """Those of the owner's webhooks that lead here; other tools may have made many before."""
    return [hook for hook in await client.every(owner.hooks) if leads_to(hook["url"], address)]


async def _events_since(client: Client, path: str, since: datetime) -> AsyncIterator[EventPart]:
    """The newest first, as GitLab lists them: no page is asked for, or kept, that is older. GitLab shows a week, and
    each event has the whole body that was sent in it."""
    following: Mapping[str, Any] | None = {"per_page": MOST_EVENTS}
    while following is not None:
        page = await client.page(path, following)
        for event in msgspec.convert(page.items, list[EventPart]):
            at = parse_time(event.created_at)
            if at is not None and at < since:
                return
            if at is not None:
                yield event
        following = page.following
