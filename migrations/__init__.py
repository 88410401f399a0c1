"""Alembic's history. `devmetrics migrate` runs it; settings are in pyproject.toml."""
