"""The local GitHub's GraphQL: a small part of the schema that GitHub publishes, with its names and types."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync

from tests.fakes.github.world import Account, Commit, Deployment, PullRequest, Repository, World, stamp

# From https://docs.github.com/public/fpt/schema.docs.graphql, cut down to what is asked.
SCHEMA = build_schema("""
scalar DateTime scalar URI scalar GitTimestamp scalar GitObjectID
type Query {
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  organization(login: String!): Organization
  nodes(ids: [ID!]!): [Node]!
}
interface Node { id: ID! }
interface Actor { login: String! }
interface GitObject { oid: GitObjectID! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Repository {
  databaseId: Int nameWithOwner: String! url: URI! createdAt: DateTime! defaultBranchRef: Ref
  object(oid: GitObjectID): GitObject ref(qualifiedName: String!): Ref
  pullRequest(number: Int!): PullRequest
  pullRequests(first: Int, after: String, states: [PullRequestState!], orderBy: IssueOrder): PullRequestConnection!
}
enum PullRequestState { OPEN CLOSED MERGED }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum OrderDirection { ASC DESC }
input IssueOrder { field: IssueOrderField! direction: OrderDirection! }
type Tag implements GitObject { oid: GitObjectID! target: GitObject! }
type Ref { name: String! target: GitObject }
type Commit implements GitObject {
  oid: GitObjectID! message: String! authoredDate: DateTime! committedDate: DateTime! author: GitActor
  additions: Int! deletions: Int! changedFilesIfAvailable: Int
  parents(first: Int, after: String): CommitConnection!
  history(first: Int, after: String, since: GitTimestamp): CommitHistoryConnection!
}
type GitActor { name: String email: String user: User }
type CommitConnection { nodes: [Commit] pageInfo: PageInfo! totalCount: Int! }
type CommitHistoryConnection { nodes: [Commit] pageInfo: PageInfo! totalCount: Int! }
type User implements Actor { databaseId: Int login: String! }
type Bot implements Actor { databaseId: Int login: String! }
type Mannequin implements Actor { databaseId: Int login: String! }
type Organization implements Actor { databaseId: Int login: String!
  teams(first: Int, after: String): TeamConnection! team(slug: String!): Team }
union RequestedReviewer = Bot | Mannequin | Team | User
type PullRequestConnection { nodes: [PullRequest] pageInfo: PageInfo! totalCount: Int! }
type PullRequest {
  number: Int! databaseId: Int title: String! body: String! url: URI! state: PullRequestState! isDraft: Boolean!
  createdAt: DateTime! updatedAt: DateTime! mergedAt: DateTime closedAt: DateTime
  additions: Int! deletions: Int! changedFiles: Int! baseRefName: String! headRefName: String!
  headRefOid: GitObjectID! author: Actor headRepository: Repository mergeCommit: Commit
  labels(first: Int): LabelConnection
  commits(first: Int, after: String): PullRequestCommitConnection!
  reviews(first: Int, after: String): PullRequestReviewConnection
  timelineItems(first: Int, after: String, itemTypes: [PullRequestTimelineItemsItemType!]):
    PullRequestTimelineItemsConnection!
}
type Label { name: String! }
type LabelConnection { nodes: [Label] }
type PullRequestCommit { commit: Commit! }
type PullRequestCommitConnection { nodes: [PullRequestCommit] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReview {
  databaseId: Int state: PullRequestReviewState! submittedAt: DateTime updatedAt: DateTime! author: Actor }
enum PullRequestReviewState { PENDING COMMENTED APPROVED CHANGES_REQUESTED DISMISSED }
type PullRequestReviewConnection { nodes: [PullRequestReview] pageInfo: PageInfo! totalCount: Int! }
enum PullRequestTimelineItemsItemType { READY_FOR_REVIEW_EVENT CONVERT_TO_DRAFT_EVENT REOPENED_EVENT CLOSED_EVENT
  MERGED_EVENT BASE_REF_CHANGED_EVENT REVIEW_REQUESTED_EVENT REVIEW_REQUEST_REMOVED_EVENT }
union PullRequestTimelineItems = ReadyForReviewEvent | ConvertToDraftEvent | ReopenedEvent | ClosedEvent | MergedEvent
  | BaseRefChangedEvent | ReviewRequestedEvent | ReviewRequestRemovedEvent
type ReadyForReviewEvent { createdAt: DateTime! }
type ConvertToDraftEvent { createdAt: DateTime! }
type ReopenedEvent { createdAt: DateTime! }
type ClosedEvent { createdAt: DateTime! }
type MergedEvent { createdAt: DateTime! }
type BaseRefChangedEvent { createdAt: DateTime! }
type ReviewRequestedEvent { createdAt: DateTime! requestedReviewer: RequestedReviewer }
type ReviewRequestRemovedEvent { createdAt: DateTime! requestedReviewer: RequestedReviewer }
type PullRequestTimelineItemsConnection { nodes: [PullRequestTimelineItems] pageInfo: PageInfo! totalCount: Int! }
type Deployment implements Node { id: ID! databaseId: Int statuses(first: Int): DeploymentStatusConnection }
enum DeploymentStatusState { PENDING SUCCESS FAILURE INACTIVE ERROR QUEUED IN_PROGRESS WAITING }
type DeploymentStatus { state: DeploymentStatusState! createdAt: DateTime! environment: String environmentUrl: URI
  logUrl: URI creator: Actor! }
type Release implements Node { id: ID! databaseId: Int tagName: String! tagCommit: Commit }
type DeploymentStatusConnection { nodes: [DeploymentStatus] }
enum RepositoryPermission { ADMIN MAINTAIN READ TRIAGE WRITE }
enum TeamMemberRole { MAINTAINER MEMBER }
enum TeamMembershipType { ALL CHILD_TEAM IMMEDIATE }
type Team { databaseId: Int slug: String! name: String!
  members(first: Int, after: String, membership: TeamMembershipType): TeamMemberConnection!
  repositories(first: Int, after: String): TeamRepositoryConnection! }
type TeamConnection { nodes: [Team] pageInfo: PageInfo! totalCount: Int! }
type TeamMemberEdge { role: TeamMemberRole! node: User! }
type TeamMemberConnection { edges: [TeamMemberEdge] pageInfo: PageInfo! totalCount: Int! }
type TeamRepositoryEdge { permission: RepositoryPermission! node: Repository! }
type TeamRepositoryConnection { edges: [TeamRepositoryEdge] pageInfo: PageInfo! totalCount: Int! }
""")

Json = dict[str, Any]
MOST = 100


def execute(world: World, query: str, variables: Json) -> Json:
    """The body of the answer, errors included."""
    root = {
        "repository": lambda _, owner, name, **__: repository(world, f"{owner}/{name}"),
        "organization": lambda _, login: organization(world, login),
        "nodes": lambda _, ids: [node(world, id_) for id_ in ids],
    }
    result = graphql_sync(SCHEMA, query, root, variable_values=variables)
    body: Json = {"data": result.data}
    if result.errors:
        body["errors"] = [
            {"message": error.message, "path": error.path, **({"type": "NOT_FOUND"} if error.extensions else {})}
            for error in result.errors
        ]
    return body


def connection(items: Sequence[Any], make: Callable[[Any], Json]) -> Callable[..., Json]:
    """A resolver: `nodes` or `edges`, a page of them."""

    def resolve(_: Any, first: int | None = None, after: str | None = None, **__: Any) -> Json:
        if first is None or not 0 < first <= MOST:
            raise GraphQLError("`first` must be between 1 and 100.")
        start = int(after) if after else 0
        end = start + first
        made = [make(item) for item in items[start:end]]
        page = {"hasNextPage": end < len(items), "endCursor": str(end) if made else None}
        return {"totalCount": len(items), "pageInfo": page, "nodes": made, "edges": made}

    return resolve


def missing(what: str) -> GraphQLError:
    return GraphQLError(f"Could not resolve to {what}.", extensions={"type": "NOT_FOUND"})


def repository(world: World, path: str) -> Json:
    found = world.repositories.get(path.lower())
    if found is None or world.installation.suspended:
        raise missing("a Repository")
    return repository_node(found)


def repository_node(found: Repository) -> Json:
    def pull_request_of(_: Any, number: int) -> Json:
        if number not in found.pull_requests:
            raise missing("a PullRequest")
        return pull_request(found, found.pull_requests[number])

    def list_pull_requests(_: Any, states: list[str] | None = None, orderBy: Any = None, **page: Any) -> Json:  # noqa: N803 (GraphQL's name)
        listed = [pr for pr in found.pull_requests.values() if states is None or state_of(pr) in states]
        listed.sort(key=lambda pr: (pr.updated_at, pr.number), reverse=orderBy["direction"] == "DESC")
        return connection(listed, lambda pr: pull_request(found, pr))(_, **page)

    def ref(_: Any, qualifiedName: str) -> Json | None:  # noqa: N803 (GraphQL's name)
        """A tag, annotated: an object of its own."""
        name = qualifiedName.removeprefix("refs/tags/")
        if name not in found.tags:
            return None
        on = {"__typename": "Commit", "oid": found.tags[name]}
        return {"name": name, "target": {"__typename": "Tag", "oid": "7" * 40, "target": on}}

    head = found.commits.get(found.head)
    return {
        "databaseId": found.id,
        "nameWithOwner": found.path,
        "url": f"{found.web}/{found.path}",
        "createdAt": stamp(found.created_at),
        "defaultBranchRef": {"name": "main", "target": commit(found, head)} if head else None,
        "object": lambda _, oid: commit(found, found.commits[oid]) if oid in found.commits else None,
        "ref": ref,
        "pullRequest": pull_request_of,
        "pullRequests": list_pull_requests,
    }


def commit(of: Repository, one: Commit) -> Json:
    def history(_: Any, since: str | None = None, **page: Any) -> Json:
        start = datetime.fromisoformat(since) if since else None
        line = [found for found in of.line(one.sha) if start is None or found.committed_at >= start]
        return connection(line, lambda found: commit(of, found))(_, **page)

    added, deleted, files = one.size
    parents = [of.commits[sha] for sha in one.parents if sha in of.commits]
    return {
        "__typename": "Commit",
        "oid": one.sha,
        "message": one.message,
        "authoredDate": stamp(one.authored_at),
        "committedDate": stamp(one.committed_at),
        "author": {"name": one.author.name, "email": one.author.email, "user": user(one.author)},
        "additions": added,
        "deletions": deleted,
        "changedFilesIfAvailable": files,
        "parents": connection(parents, lambda parent: commit(of, parent)),
        "history": history,
    }


def user(account: Account) -> Json | None:
    """Git's authors are people with an account, or nobody."""
    return account.actor() if account.type == "User" else None


def state_of(pr: PullRequest) -> str:
    return "MERGED" if pr.merged_at else "CLOSED" if pr.closed_at else "OPEN"


def pull_request(of: Repository, pr: PullRequest) -> Json:
    commits = [of.commits[sha] for sha in pr.commits]
    moments = [{"__typename": kind, "createdAt": stamp(at), "requestedReviewer": who.actor() if who else None}
               for kind, at, who in pr.moments]  # fmt: skip
    return {
        "number": pr.number,
        "databaseId": pr.id,
        "title": pr.title,
        "body": pr.body,
        "url": f"{of.web}/{of.path}/pull/{pr.number}",
        "state": state_of(pr),
        "isDraft": pr.draft,
        "createdAt": stamp(pr.created_at),
        "updatedAt": stamp(pr.updated_at),
        "mergedAt": stamp(pr.merged_at) if pr.merged_at else None,
        "closedAt": stamp(pr.closed_at) if pr.closed_at else None,
        "additions": sum(one.size[0] for one in commits),
        "deletions": sum(one.size[1] for one in commits),
        "changedFiles": max((one.size[2] for one in commits), default=0),
        "baseRefName": "main",
        "headRefName": pr.branch,
        "headRefOid": pr.head,
        "author": pr.author.actor(),
        "headRepository": {"databaseId": of.id},
        "mergeCommit": {"oid": pr.merge_sha} if pr.merge_sha else None,
        "labels": {"nodes": [{"name": label} for label in pr.labels]},
        "commits": connection(commits, lambda one: {"commit": commit(of, one)}),
        "reviews": connection(
            pr.reviews,
            lambda review: {
                "databaseId": review.id,
                "state": review.state.upper(),
                "submittedAt": stamp(review.at),
                "updatedAt": stamp(review.at),
                "author": review.author.actor(),
            },
        ),
        "timelineItems": connection(moments, lambda moment: moment),
    }


def deployment(world: World, id_: str) -> Json | None:
    found: Deployment | None = next(
        (one for of in world.repositories.values() for one in of.deployments if f"DE_{one.id}" == id_), None
    )
    if found is None:
        return None
    statuses = [
        {"state": state.upper(), "createdAt": stamp(at), "environment": found.environment,
         "creator": found.creator.actor()} for state, at in found.statuses
    ]  # fmt: skip
    return {
        "__typename": "Deployment",
        "id": id_,
        "databaseId": found.id,
        # The newest first, as GitHub has them.
        "statuses": {"nodes": statuses[::-1]},
    }


def node(world: World, id_: str) -> Json | None:
    return release(world, id_) if id_.startswith("RE_") else deployment(world, id_)


def release(world: World, id_: str) -> Json | None:
    found = ((of, one) for of in world.repositories.values() for one in of.releases if f"RE_{one.id}" == id_)
    of, one = next(found)
    tagged = of.commits.get(of.tags.get(one.tag, ""))
    target = commit(of, tagged) if tagged else None
    return {"__typename": "Release", "id": id_, "databaseId": one.id, "tagName": one.tag, "tagCommit": target}


def organization(world: World, login: str) -> Json:
    if login.lower() != world.login or world.installation.suspended:
        raise missing("an Organization")

    def node(team: Any) -> Json:
        owned = [(world.repositories[path.lower()], permission) for path, permission in team.repositories.items()]
        return {
            "databaseId": team.id,
            "slug": team.slug,
            "name": team.name,
            "members": connection(team.members, lambda one: {"role": "MEMBER", "node": one.actor()}),
            "repositories": connection(
                owned, lambda pair: {"permission": pair[1].upper(), "node": {"databaseId": pair[0].id}}
            ),
        }

    return {
        "login": world.login,
        "teams": connection(world.teams, node),
        "team": lambda _, slug: next((node(team) for team in world.teams if team.slug == slug), None),
    }
