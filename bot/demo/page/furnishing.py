"""The sample company's workspace: its channels, its people, and a colleague who says what to try."""

from bot.demo.company.people import COMPANY, TEAMS, developers_of
from bot.demo.page.routes import Page
from bot.demo.workspace.state import State
from bot.slack.conversation import COMMAND

PERSON = "Robin"
SUGGESTIONS = {
    "general": ("teams", "team mobile 90d", "help"),
    "team-platform": (
        "team platform",
        "team platform 90d",
        "repo gateway 12w",
        "digest now platform",
        "subscribe",
        "help",
    ),
    "team-payments": ("team payments", "repo parcelway/billing", "team payments last month"),
    "team-mobile": ("team mobile", "repo courier-app 90d", "team mobile 12w"),
    "leads": ("team platform", "team payments", "team mobile"),
}


def furnish(state: State) -> Page:
    """People, channels and first messages; the page is the view of one person who is in all channels."""
    person = state.add_user(PERSON)
    people = {team.slug: [state.add_user(one.name, one.email) for one in developers_of(team.slug)] for team in TEAMS}
    everybody = [person, *(user for users in people.values() for user in users)]
    platform = state.add_channel("team-platform", person, *people["platform"])
    payments = state.add_channel("team-payments", person, *people["payments"])
    mobile = state.add_channel("team-mobile", person, *people["mobile"])
    general = state.add_channel("general", *everybody)
    leads = state.add_channel("leads", person, *(users[0] for users in people.values()), private=True)

    ines, tomasz, *_ = people["platform"]
    state.post(
        platform.id,
        f"Hi <@{person.id}>, devmetrics is in here now. It listens to the webhooks of our eight repositories. "
        f"Type `{COMMAND} team platform` below: only you will see the answer, until you share it.",
        [],
        author=ines.id,
    )
    state.post(
        platform.id,
        "We said in summer that we want small releases every day. I would like to know whether it helped: "
        f"`{COMMAND} team platform 90d`",
        [],
        author=tomasz.id,
    )
    state.post(
        payments.id,
        f"Retro is at three. Numbers: `{COMMAND} team payments last month`",
        [],
        author=people["payments"][0].id,
    )
    state.post(
        mobile.id,
        f"Stores reviewed the last release in a day. `{COMMAND} repo courier-app 90d` knows how long the rest took.",
        [],
        author=people["mobile"][0].id,
    )
    state.post(
        general.id,
        f"`{COMMAND} teams` lists all teams, `{COMMAND} help` the rest.",
        [],
        author=people["payments"][1].id,
    )
    state.post(leads.id, "This channel is private.", [], author=people["mobile"][0].id)
    commands = {name: [f"{COMMAND} {words}" for words in all_words] for name, all_words in SUGGESTIONS.items()}
    return Page(state, person, COMPANY, commands)
