"""How the command line shows a repository's settings and what was seen of it."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.repository_overview import RepositoryOverview
from storage.linking.settings import DEFAULT_SOURCE, Service


def print_overview(overview: RepositoryOverview) -> None:
    settings = overview.settings
    facts = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    facts.add_row("Repository", Text(f"{overview.provider} {overview.path}"))
    facts.add_row("Deployments are", Text(in_words(settings.source, settings.workflows)))
    counted = listed(settings.counted_environments) or "every production environment"
    facts.add_row("Counted in production", Text(counted))
    for pattern, known in sorted(settings.environments.items()):
        facts.add_row("Set", Text(f"{pattern} is {known}"))
    for service in settings.services:
        facts.add_row("Service", Text(f"{service.name}: {rules_in_words(service)}"))
    console = Console(highlight=False)
    console.print(facts)
    if overview.environments:
        columns = ("Environment", "Source", "Class", "Service", "Deployments", "Counted")
        table = Table(*columns, box=None, padding=(0, 2, 0, 0))
        for seen in overview.environments:
            # Of what is no deployment, as most workflow runs, there is no class to tell.
            known = seen.environment if seen.counted or seen.source == DEFAULT_SOURCE else "not chosen"
            names = (seen.name or "(without a name)", seen.source, known, seen.service)
            table.add_row(*map(Text, names), str(seen.deployments), str(seen.counted))
        console.print()
        console.print(table)


def in_words(source: str, workflows: Sequence[str]) -> str:
    said = {
        "deployments": "what the provider calls a deployment",
        "workflow": f"runs of {listed(workflows) or 'the workflows of its services'} on the default branch",
        "release": "published releases",
        "merge": "merges into the default branch",
    }
    return f"{said[source]} (source: {source})"


def rules_in_words(service: Service) -> str:
    parts = [
        f"{word} {listed(patterns)}"
        for word, patterns in (
            ("environments", service.environments),
            ("workflows", service.workflows),
            ("tags", service.tags),
        )
        if patterns
    ]
    said = ", ".join(parts) or "known by its name"
    files = f"files {listed(service.paths)}" if service.paths else "all files"
    return "; ".join(filter(None, [said, files, service.source and f"source {service.source}"]))


def listed(names: Sequence[str]) -> str:
    return ", ".join(names)
