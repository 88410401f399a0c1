"""What the company's people write: titles, messages and comments."""

from random import Random

SUBJECTS = {
    "gateway": ("rate limiter", "route table", "tracing headers", "retry budget", "health endpoint", "TLS settings"),
    "identity": ("session store", "login form", "token refresh", "audit trail", "password rules", "role lookup"),
    "infrastructure": ("node pool", "backup schedule", "alert rules", "log shipping", "DNS zone", "secret rotation"),
    "billing": ("invoice run", "tax table", "refund flow", "card retries", "currency rounding", "dunning mails"),
    "ledger": ("posting batch", "balance query", "period close", "journal export", "account tree", "audit fields"),
    "invoices": ("PDF layout", "number ranges", "mail template", "archive job", "preview page", "totals row"),
    "courier-app": ("route view", "scan screen", "offline queue", "signature pad", "push messages", "shift list"),
    "customer-app": ("tracking map", "address book", "delivery window", "payment sheet", "sign-in", "dark theme"),
}
_VERBS = ("Add", "Speed up", "Simplify", "Fix", "Test", "Move", "Document", "Tidy")
_TAILS = ("", "", " for large customers", " behind a flag", " in the night run", " after the review", " on retry")
_STEPS = ("Sketch", "Cover", "Handle errors in", "Rename parts of", "Address comments on", "Measure", "Finish")
_DEPENDENCIES = ("grpc", "jackson-core", "urllib3", "protobuf", "typescript", "sentry-sdk", "okhttp", "lodash")
_COMMENTS = (
    "Could this be a plain function? Nothing here keeps state.",
    "This happens once per row. Can the query do it?",
    "What does the caller see when this times out?",
    "A test with an empty list would tell us more.",
    "Please name the unit: seconds or milliseconds?",
    "We had this bug in the spring, see the note in the handbook.",
    "I like this much better than what was there.",
)
_FOLDERS = ("src", "src/core", "internal", "app", "tests", "docs")


def title_of(random: Random, repository: str) -> str:
    """A pull request's title."""
    return f"{random.choice(_VERBS)} {random.choice(SUBJECTS[repository])}{random.choice(_TAILS)}"


def dependency_title(random: Random) -> str:
    """The title of an update by a bot."""
    major, minor = random.randint(1, 9), random.randint(0, 30)
    return f"Bump {random.choice(_DEPENDENCIES)} from {major}.{minor}.0 to {major}.{minor + 1}.0"


def body_of(title: str, random: Random) -> str:
    """A pull request's description."""
    return (
        f"{title}.\n\nWhy: {random.choice(('support asks for it', 'it woke us up twice', 'the next step needs it'))}.\n"
        f"How to see it: run the tests of this folder, then {random.choice(('the night run', 'the app', 'staging'))}.\n"
    )


def message_of(title: str, random: Random, first: bool) -> str:
    """A commit's message."""
    return title if first else f"{random.choice(_STEPS)} {title.split(' ', 1)[1]}"


def comments_of(random: Random, count: int) -> tuple[str, ...]:
    """Comments on lines."""
    return tuple(random.choice(_COMMENTS) for _ in range(count))


def files_of(random: Random, repository: str) -> tuple[str, ...]:
    """Paths that a commit changes."""
    stem = random.choice(SUBJECTS[repository]).replace(" ", "_")
    return tuple(f"{random.choice(_FOLDERS)}/{stem}_{part}" for part in range(random.randint(1, 4)))


def branch_of(title: str, random: Random) -> str:
    """A branch's name."""
    slug = "-".join(title.lower().replace(".", "-").split()[:5])
    return f"{slug}-{random.randint(10, 999)}"
