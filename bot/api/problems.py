"""What the API answers when it cannot answer with numbers."""

from http import HTTPStatus


class Problem(Exception):
    """An answer other than 200. `code` is for programs, `message` tells a person what to do."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
