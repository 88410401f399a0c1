"""What Slack's refusals mean for a subscription, in words for its owner."""

from storage.digests import ALERT, Run

# For as long as this is so, no digest can come: the subscription is paused.
# https://docs.slack.dev/reference/methods/chat.postMessage#errors
PERMANENT = {
    "channel_not_found": "The channel is gone, or it is private and devmetrics is not in it: invite it with "
    "`/invite @devmetrics`",
    "not_in_channel": "devmetrics is not in the channel: invite it with `/invite @devmetrics`",
    "is_archived": "The channel is archived: unarchive it, or subscribe another one",
    "account_inactive": "Slack closed devmetrics' account in this workspace: an administrator has to install it again",
    "token_revoked": "Slack took devmetrics' token back: an administrator has to install it again",
    "invalid_auth": "Slack does not know devmetrics' token: an administrator has to set SLACK_BOT_TOKEN anew",
    "not_authed": "Slack got no token: an administrator has to set SLACK_BOT_TOKEN",
    "token_expired": "devmetrics' token has expired: an administrator has to install it again",
    "missing_scope": "devmetrics may not post in this workspace: an administrator has to install it again",
    "no_permission": "devmetrics may not post in the channel: allow it, or subscribe another one",
    "restricted_action": "The workspace's settings do not let devmetrics post in the channel",
    "restricted_action_read_only_channel": "Only some people may post in the channel, and devmetrics is not among them",
    "restricted_action_thread_only_channel": "In this channel only threads are allowed",
    "team_access_not_granted": "devmetrics is not installed in this workspace any more",
    "org_login_required": "The workspace is being moved by Slack",
    "ekm_access_denied": "The workspace's administrators have suspended access to its messages",
}
# Nobody in the workspace can be told of these: they are for the log.
OF_THE_WORKSPACE = {
    "account_inactive",
    "token_revoked",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "team_access_not_granted",
}


def explain(code: str, run: Run) -> str:
    """A sentence with what to do."""
    if code not in PERMANENT:
        return f"Slack refused the message ({code}): an administrator finds more in the log."
    if run.kind == ALERT:
        return f"{PERMANENT[code]}. The limit is paused; then set it again with `/devmetrics alert {run.team_slug}`."
    again = f"`/devmetrics digest resume {run.team_slug}`"
    return f"{PERMANENT[code]}. Its digest is paused; then turn it on with {again}."
