"""Every provider, found by walking this package: adding one is adding a folder."""

from importlib import import_module
from pathlib import Path

from handlers.provider import Provider


def find_providers() -> dict[str, Provider]:
    """By the word in addresses."""
    found = sorted(path.parent.name for path in Path(__file__).parent.glob("*/provider.py"))
    providers: dict[str, Provider] = {}
    for folder in found:
        provider: Provider = import_module(f"handlers.{folder}.provider").PROVIDER
        assert provider.word == folder, f"handlers/{folder} calls itself {provider.word}"
        providers[folder] = provider
    return providers


PROVIDERS = find_providers()
