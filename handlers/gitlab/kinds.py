"""What kind of event a GitLab delivery is.

The header says it for project and group hooks; a system hook says it in the body only, and confidential issues and
notes have headers of their own: https://docs.gitlab.com/administration/system_hooks/
"""

import msgspec

from handlers.decoding import decode


class Kind(msgspec.Struct):
    object_kind: str | None = None
    event_name: str | None = None


DECODER = msgspec.json.Decoder(Kind)


def kind_of(header: str, body: bytes) -> str:
    """push, merge_request, project_create ... Raises Unreadable."""
    kind = decode(body, Kind, DECODER, header)
    told = kind.object_kind or kind.event_name
    return told or header.removesuffix(" Hook").removeprefix("Confidential ").lower().replace(" ", "_")
