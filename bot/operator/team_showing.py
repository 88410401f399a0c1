"""How the command line shows what a team owns and who is in it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from handlers.providers import PROVIDERS
from reports.team_overview import TeamOverview
from storage.people import ListedPerson


def print_team(team: TeamOverview) -> None:
    console = Console(highlight=False)
    facts = grid()
    facts.add_row("Team", Text(f"{team.slug} ({team.name})"))
    facts.add_row("Days and weeks", Text(team.timezone))
    facts.add_row("Comes from", "a person" if team.provider is None else PROVIDERS[team.provider].name)
    console.print(facts)
    console.print("\nOwns" if team.owned else "\nOwns nothing: it is answered with all repositories there are.")
    owned = grid()
    for one in team.owned:
        what = f"{one.provider} {one.path}" + (f", service {one.service}" if one.service else "")
        owned.add_row(Text(f"  {what}", overflow="fold"), source(one.provider, by_hand=one.by_hand))
    console.print(owned)
    console.print("\nPeople" if team.members else "\nNobody is in it.")
    people = grid()
    for member in team.members:
        people.add_row(
            Text(f"  {who(member.person)}", overflow="fold"),
            member.role,
            source(team.provider or "", by_hand=member.by_hand),
        )
    console.print(people)
    if team.removed:
        console.print("\nTaken away by hand, until added by hand")
        removed = grid()
        for taken in team.removed:
            what = who(taken.what) if isinstance(taken.what, ListedPerson) else " ".join(taken.what)
            removed.add_row(Text(f"  {what}", overflow="fold"), Text(f"{taken.by}, {taken.at:%Y-%m-%d %H:%M} UTC"))
        console.print(removed)


def grid() -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), show_header=False)


def source(provider: str, *, by_hand: bool) -> str:
    return "by hand" if by_hand else f"from {PROVIDERS[provider].name}"


def who(person: ListedPerson) -> str:
    said = ", ".join(one.said for one in person.identities)
    return f"{person.name} ({said})" if person.name else said
