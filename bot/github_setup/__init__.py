"""Registering the GitHub App in a browser, in three clicks: /github/setup."""

from bot.github_setup.routes import Setup

__all__ = ["Setup"]
