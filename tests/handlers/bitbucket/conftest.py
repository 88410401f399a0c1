"""Databases to compare with, as for any other provider."""

from tests.handlers.asking.conftest import another

__all__ = ["another"]
