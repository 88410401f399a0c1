"""The class of an environment: production, staging or development."""

import re

PRODUCTION = "production"
STAGING = "staging"
DEVELOPMENT = "development"

# https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments
GITLAB_TIERS = {
    "production": PRODUCTION,
    "staging": STAGING,
    "testing": STAGING,
    "development": DEVELOPMENT,
    "other": DEVELOPMENT,
}
# In this order: `review/live-chat` is a review app, `prod-test` is where production is tested, not run.
NAMES = (
    (DEVELOPMENT, frozenset({"review", "preview", "dev", "develop", "development", "local", "sandbox"})),
    (
        STAGING,
        frozenset(
            {"staging", "stage", "stg", "uat", "qa", "test", "testing", "preprod", "preproduction", "preprd"}
            | {"nonprod", "nonproduction", "nonprd", "prelive", "acceptance"}
        ),
    ),
    (PRODUCTION, frozenset({"prod", "production", "live", "prd"})),
)
NOT_YET = frozenset({"pre", "non", "not"})
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
WORD = re.compile(r"[a-z]+")


def classify_environment(name: str, tier: str | None = None, production_flag: bool | None = None) -> str:
    """`tier` is GitLab's, `production_flag` GitHub's `production_environment` (it is False unless somebody set it)."""
    if tier in GITLAB_TIERS:
        return GITLAB_TIERS[tier]
    if production_flag:
        return PRODUCTION
    words = frozenset(WORD.findall(CAMEL_CASE.sub("-", name).lower()))
    for environment, known in NAMES:
        if words & known:
            return STAGING if environment == PRODUCTION and words & NOT_YET else environment
    return DEVELOPMENT
