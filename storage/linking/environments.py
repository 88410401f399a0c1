"""The class of an environment: production, staging or development. The one place where it is decided."""

import re
from collections.abc import Mapping

from storage.linking.patterns import best_match

PRODUCTION = "production"
STAGING = "staging"
DEVELOPMENT = "development"
CLASSES = (PRODUCTION, STAGING, DEVELOPMENT)

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
# Of any script.
PART = re.compile(r"[^\W\d_]+|\d+")


def classify(name: str, told: str | None, settings: Mapping[str, str]) -> str:
    """Settings first, then what the provider told, else the name. `settings`: a name or pattern -> its class."""
    pattern = best_match(name, settings)
    if pattern is not None:
        return settings[pattern]
    return told if told in CLASSES else class_of_name(name)


def words_of(name: str) -> frozenset[str]:
    return frozenset(WORD.findall(CAMEL_CASE.sub("-", name).lower()))


def place_of(name: str) -> frozenset[str]:
    """What tells one production environment from another: nothing of `prod` and `Production`, `eu` and 2 of
    `prod-eu2` and `eu/live-2`."""
    return frozenset(PART.findall(CAMEL_CASE.sub("-", name).lower())) - dict(NAMES)[PRODUCTION]


def class_of_name(name: str) -> str:
    words = words_of(name)
    for environment, known in NAMES:
        if words & known:
            return STAGING if environment == PRODUCTION and words & NOT_YET else environment
    return DEVELOPMENT
