"""`devmetrics repo`: what the deployments of a repository are, which environments count, and its services."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.operator.failure import Failed
from bot.operator.overview import print_overview
from bot.operator.session import act
from bot.operator.team import Path, Provider, actor, provider_called
from reports.repository_overview import repository_overview
from storage.linking.settings import Service
from storage.repository_settings import SettingsChange, change_settings, remove_service, set_service

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="As in service:NAME, like api.")]
SOURCE = (
    "What a deployment is: deployments (what the provider calls so), workflow (runs of the named workflows on the "
    "default branch), release (published releases) or merge (each merge into the default branch)."
)


words = typer.Typer(help="What counts as a deployment of a repository, and its services.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="repo")


@words.command()
def show(provider: Provider, path: Path) -> None:
    """Show a repository's settings, its services, and the environments seen so far."""
    show_again(provider, path)


@words.command("set")
def set_settings(
    provider: Provider,
    path: Path,
    source: Annotated[str | None, typer.Option(help=SOURCE)] = None,
    workflow: Annotated[
        list[str] | None,
        typer.Option(help="A workflow (or a job) that deploys, by its name; repeat it for more."),
    ] = None,
    environment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=CLASS",
            help="production, staging or development, whatever the provider says; NAME may hold *. NAME= forgets it.",
        ),
    ] = None,
    count: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of several production environments only this one counts; repeat it."),
    ] = None,
    count_all: Annotated[bool, typer.Option("--count-all", help="All production environments count again.")] = False,
) -> None:
    """Change what is given and leave the rest. All history kept in detail is counted again."""
    asked = SettingsChange(
        source.lower() if source else None,
        workflow,
        read_environments(environment) if environment else None,
        () if count_all else count,
    )
    act(lambda connection, of: change_settings(connection, of, provider_called(provider), path, asked, actor()))
    show_again(provider, path)


@words.command("add-service")
def add_service(
    provider: Provider,
    path: Path,
    service: ServiceName,
    environment: Annotated[list[str] | None, typer.Option(help="Environments it deploys to, like prod-api*.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="Workflows or jobs that deploy it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tags of its releases, like api-v*.")] = None,
    files: Annotated[
        list[str] | None, typer.Option("--path", help="Files that belong to it, like services/api/**.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="If not the repository's: " + SOURCE)] = None,
) -> None:
    """Name a service of a monorepo, or give it other rules. All history kept in detail is counted again.

    Without --environment, --workflow and --tag its deployments are known by its
    name: in their payload ({"service": "api"}), in the environment
    (production-api, api/production), the task (deploy:api) or the tag
    (api-v1.2.0). Without --path every change of the repository is its own.
    """
    rules = Service(
        service,
        tuple(environment or ()),
        tuple(workflow or ()),
        tuple(tag or ()),
        tuple(files or ()),
        source.lower() if source else None,
    )
    act(lambda connection, of: set_service(connection, of, provider_called(provider), path, rules, actor()))
    show_again(provider, path)


@words.command("remove-service")
def take_service(provider: Provider, path: Path, service: ServiceName) -> None:
    """Forget a service; teams that own it own it no more. Its deployments count for the repository alone."""
    act(lambda connection, of: remove_service(connection, of, provider_called(provider), path, service, actor()))
    show_again(provider, path)


def read_environments(said: Sequence[str]) -> dict[str, str | None]:
    """`harbor=production`; a name with nothing behind it is forgotten. Raises `Failed`."""
    environments: dict[str, str | None] = {}
    for one in said:
        name, equals, known = one.rpartition("=")
        if not equals or not name:
            raise Failed(f"An environment's class is given as NAME=CLASS, like harbor=production; not {one!r}.")
        environments[name] = known.lower() or None
    return environments


def show_again(provider: str, path: str) -> None:
    of = provider_called(provider)
    found = act(lambda connection, organization: repository_overview(connection, organization, of, path))
    if found is None:
        raise Failed(
            f"No webhook has named {path} yet, and nothing is set for it: `devmetrics repo set` may come first."
        )
    print_overview(found)
