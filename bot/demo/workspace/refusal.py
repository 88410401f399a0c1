"""Slack's way to say no."""


class Refused(Exception):
    """`code` as in Slack's `error`; `messages` as in its `response_metadata`."""

    def __init__(self, code: str, messages: list[str] | None = None, needed: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []
        # The scope that is missing.
        self.needed = needed

    @property
    def explained(self) -> str:
        return "; ".join([self.code, *self.messages])
