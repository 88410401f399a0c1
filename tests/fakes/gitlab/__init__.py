"""A GitLab on the wire: a local server with its REST shapes, paging, limits and failures."""

from tests.fakes.gitlab.server import fake_gitlab
from tests.fakes.gitlab.world import Group, Hook, Project, World

__all__ = ["Group", "Hook", "Project", "World", "fake_gitlab"]
