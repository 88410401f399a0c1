"""Runs of Bitbucket Pipelines, as addresses name them."""

import re

# https://bitbucket.org/acme/api/pipelines/results/186, and as it was called before:
# https://bitbucket.org/acme/api/addon/pipelines/home#!/results/186/steps/%7B...%7D
RUN_ADDRESS = re.compile(r"https://bitbucket\.org/[^/]+/[^/]+/(?:addon/)?pipelines/(?:home#!/)?results/([0-9]{1,18})")


def key_of_run(address: str | None, environment: str, again: int = 0) -> str | None:
    """Of the deployment that a run made to an environment, in which it may be used once; `again`: of the run's
    redeployments there, the first, the second and so on. None: it is no address of a run.

    https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-monitor-deployments/
    """
    found = RUN_ADDRESS.match(address or "")
    if found is None:
        return None
    return ":".join(["pipeline", found[1], environment.lower(), *([str(again)] if again else [])])
