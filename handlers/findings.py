"""What `devmetrics check` finds, one line each."""

from typing import NamedTuple

from handlers import failures

OK, OFF, PROBLEM = "ok", "off", "problem"


class Finding(NamedTuple):
    subject: str
    # ok, off or problem
    state: str
    # What is so and, unless all is well, what to do.
    text: str


def unreachable(subject: str, url: str, variable: str, problem: Exception) -> Finding:
    return Finding(subject, PROBLEM, failures.unreachable(url, variable, problem))
