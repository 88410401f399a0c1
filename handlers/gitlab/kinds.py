"""What kind of event a GitLab delivery is.

The header says it for project and group hooks; a system hook says it in the body only, and confidential issues and
notes have headers of their own: https://docs.gitlab.com/administration/system_hooks/
"""

import msgspec


class Kind(msgspec.Struct):
    object_kind: str | None = None
    event_name: str | None = None


def kind_of(header: str, body: Kind) -> str:
    """push, merge_request, project_create ..."""
    told = body.object_kind or body.event_name
    return told or header.removesuffix(" Hook").removeprefix("Confidential ").lower().replace(" ", "_")
