"""What every `devmetrics setup` needs: an address to deliver to, and mostly a token."""

import sys

import typer

from bot.operator.failure import Failed
from bot.settings import Settings
from handlers.reachability import doubt


def public_url_of(settings: Settings, provider: str) -> str:
    """Raises `Failed` without one."""
    if settings.public_url is None:
        raise Failed(
            f"PUBLIC_URL is not set: {provider} must know where to deliver, for example "
            "PUBLIC_URL=https://devmetrics.example.com."
        )
    return settings.public_url


def warn(public_url: str) -> None:
    if said := doubt(public_url):
        typer.echo(f"Warning: {said}", err=True)


def ask_for_token(variable: str) -> str:
    """From the terminal, unseen; without one, the first line of standard input. `variable`: where it may stand, too."""
    token = typer.prompt("Access token", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not token.strip():
        raise Failed(f"No access token: set {variable}, or give it on standard input.")
    return str(token).strip()
