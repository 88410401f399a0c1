"""What a connection of Bitbucket holds."""

import msgspec

from handlers.bitbucket.client import Credentials


class Connected(msgspec.Struct, frozen=True):
    """Its secrets: `Verifier` reads the webhook's, `reach` the token's."""

    token: str = ""
    # Of whose account an API token is; empty: an access token.
    email: str = ""
    # Where it delivers.
    address: str = ""
    webhook_secret: str = ""
    # What was set up: "acme", "acme/api".
    workspaces: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.token, self.email)
