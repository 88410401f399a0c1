"""How long `team platform 30d` takes, once there is a history."""

TARGET_MILLISECONDS = 50.0
TEAM_REPOSITORIES = 10
