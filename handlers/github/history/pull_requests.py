"""Pull requests with their commits, reviews and moments: those that changed since then, and all that are open."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import msgspec

from handlers.github.graphql.parts import PAGE, Node, PageInfo
from handlers.github.graphql.pull_requests import (
    GRAPH,
    LISTED,
    MOMENT,
    PULL_REQUEST,
    REVIEW,
    TYPES,
    Commits,
    PullRequestNode,
    Reviews,
    Timeline,
    commit_records,
    pull_request_records,
    review_records,
    timeline_records,
)
from handlers.github.history.asking import Asking, Page
from handlers.times import Time, parse_time, required_time
from storage.records import Record

MOST = 25
QUERY = """query($owner: String!, $name: String!, $size: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $size, after: $after, %s) { %s nodes { %s } } } }"""
NEWEST = "orderBy: {field: UPDATED_AT, direction: DESC}"
CHANGED = QUERY % (NEWEST, PAGE, PULL_REQUEST)
OPEN = QUERY % ("states: OPEN, orderBy: {field: UPDATED_AT, direction: ASC}", PAGE, PULL_REQUEST)
MORE = """query($owner: String!, $name: String!, $size: Int!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { %s } } }"""
MORE_COMMITS = MORE % f"commits(first: $size, after: $after) {{ totalCount {PAGE} nodes {{ {LISTED} }} }}"
MORE_REVIEWS = MORE % f"reviews(first: $size, after: $after) {{ {PAGE} nodes {{ {REVIEW} }} }}"
MORE_MOMENTS = MORE % f"timelineItems(first: $size, after: $after, {TYPES}) {{ {PAGE} nodes {{ {MOMENT} }} }}"


class Listing(Node):
    page_info: PageInfo
    # PullRequestNode, each to be read by itself.
    nodes: list[Any]


class Answer(Node):
    pull_requests: Listing


class GraphNode(Node):
    updated_at: Time
    commits: Commits


class GraphListing(Node):
    page_info: PageInfo
    # GraphNode
    nodes: list[Any]


class GraphAnswer(Node):
    pull_requests: GraphListing


class One(Node):
    commits: Commits | None = None
    reviews: Reviews | None = None
    timeline_items: Timeline | None = None


class OneAnswer(Node):
    pull_request: One


async def read(asking: Asking, following: str | None) -> Page:
    """The newest first, until one that did not change since."""
    listing = msgspec.convert(await asking.query(CHANGED, MOST, after=following), Answer).pull_requests
    nodes = _read(asking, listing)
    changed = [node for node in nodes if _at(node) >= asking.since]
    older = len(changed) < len(nodes)
    following = None if older else listing.page_info.following
    return Page(await records_of(asking, changed), following, covers_next=not older and following is None)


async def read_open(asking: Asking, following: str | None) -> Page:
    """Those that wait longer than what is read reaches back: the oldest first, until one that changed since."""
    listing = msgspec.convert(await asking.query(OPEN, MOST, after=following), Answer).pull_requests
    nodes = _read(asking, listing)
    quiet = [node for node in nodes if _at(node) < asking.since]
    newer = len(quiet) < len(nodes)
    return Page(await records_of(asking, quiet), None if newer else listing.page_info.following)


def _read(asking: Asking, listing: Listing) -> list[PullRequestNode]:
    nodes = asking.known.left_out.each(listing.nodes, PullRequestNode)
    return [node for node in nodes if asking.known.left_out.kept(_at, node)]


def _at(node: PullRequestNode) -> datetime:
    return required_time(node.updated_at, "updatedAt")


async def read_graph(asking: Asking) -> None:
    """Only who is whose parent, for a process that took a reading over."""
    following: str | None = None
    while True:
        query = QUERY % (NEWEST, PAGE, GRAPH)
        listing = msgspec.convert(await asking.query(query, 100, after=following), GraphAnswer).pull_requests
        nodes = asking.known.left_out.each(listing.nodes, GraphNode)
        for node in nodes:
            remember(asking, node.commits)
        following = listing.page_info.following
        last = parse_time(nodes[-1].updated_at) if nodes else None
        if following is None or last is None or last < asking.since:
            return


async def records_of(asking: Asking, nodes: Iterable[PullRequestNode]) -> list[Record]:
    """All that is told of these, also beyond the first hundred commits, reviews and moments."""
    key = asking.repository.key
    records: list[Record] = []
    for node in nodes:
        records += asking.known.left_out.records([node], lambda node: pull_request_records(node, key))
        remember(asking, node.commits)
        async for one in _more(asking, MORE_COMMITS, node, node.commits.page_info):
            if one.commits:
                records += commit_records(one.commits, node.number, key)
                remember(asking, one.commits)
        async for one in _more(asking, MORE_REVIEWS, node, node.reviews.page_info):
            if one.reviews:
                records += review_records(one.reviews, node.number, key)
        async for one in _more(asking, MORE_MOMENTS, node, node.timeline_items.page_info):
            if one.timeline_items:
                merged_at = parse_time(node.merged_at)
                records += timeline_records(one.timeline_items, node.number, merged_at, key)
    return records


def remember(asking: Asking, commits: Commits) -> None:
    for listed in commits.nodes:
        asking.known.parents[listed.commit.oid] = listed.commit.parent_shas


async def _more(asking: Asking, query: str, node: PullRequestNode, page: PageInfo) -> AsyncIterator[One]:
    following = page.following
    while following is not None:
        answer = await asking.query(query, 100, number=node.number, after=following)
        one = msgspec.convert(answer, OneAnswer).pull_request
        yield one
        told = one.commits or one.reviews or one.timeline_items
        following = told.page_info.following if told else None
