"""Why a delivery is not taken, in a form the sender's administrator can act on."""

from http import HTTPStatus


class Rejected(Exception):
    """Answered with `status` and `{"error": {"code", "message"}}`."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
