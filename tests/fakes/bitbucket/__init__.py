"""A local server that speaks Bitbucket Cloud's REST API, in its documented shapes.

https://developer.atlassian.com/cloud/bitbucket/rest/intro/
"""

from tests.fakes.bitbucket.server import FakeBitbucket, fake_bitbucket
from tests.fakes.bitbucket.world import World

__all__ = ["FakeBitbucket", "World", "fake_bitbucket"]
