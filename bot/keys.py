"""What the parts of the web application find in it."""

from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.inhand import InHand
from bot.settings import Settings
from bot.stopping import Stopping

SETTINGS = web.AppKey("settings", Settings)
ENGINE = web.AppKey("engine", AsyncEngine)
# The organization that everything without one of its own belongs to.
ORGANIZATION = web.AppKey("organization", UUID)
# What stopping waits for, and how long.
IN_HAND = web.AppKey("in_hand", InHand)
STOPPING = web.AppKey("stopping", Stopping)
