"""The class of an environment as the providers themselves tell it; settings and the name decide in storage/linking."""

from storage.linking.environments import DEVELOPMENT, PRODUCTION, STAGING

__all__ = ["DEVELOPMENT", "PRODUCTION", "STAGING", "class_of_flags", "class_of_tier"]

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


def class_of_flags(production: bool | None, transient: bool | None) -> str | None:
    """GitHub's `production_environment` and `transient_environment`. Both are False unless somebody set them, so False
    tells nothing; what will be thrown away is no production, whatever it is called."""
    if production:
        return PRODUCTION
    return DEVELOPMENT if transient else None
