"""The class of an environment as the providers themselves tell it; settings and the name decide in storage/linking."""

from storage.linking.environments import DEVELOPMENT, PRODUCTION, STAGING

# https://docs.gitlab.com/ci/environments/#deployment-tier-of-environments
TIERS = {
    "production": PRODUCTION,
    "staging": STAGING,
    "testing": STAGING,
    "development": DEVELOPMENT,
    "other": DEVELOPMENT,
}


def class_of_tier(tier: str | None) -> str | None:
    """GitLab's `environment_tier` or `deployment_tier`."""
    return TIERS.get(tier or "")


def class_of_flag(production_environment: bool | None) -> str | None:
    """GitHub's `production_environment`: it is False unless somebody set it, so False tells nothing."""
    return PRODUCTION if production_environment else None
