"""Checks every query, and the local GitHub's own schema, against the one that GitHub publishes.

python -m tests.fakes.github.schema
"""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    parse,
    validate,
)

from handlers.github import questions, survey
from handlers.github.graphql.commits import COMMIT, SIZE
from handlers.github.graphql.parts import PAGE
from handlers.github.graphql.pull_requests import GRAPH, PULL_REQUEST
from handlers.github.history import commits, deployed, deployments, pull_requests, releases
from tests.fakes.github.graphql import SCHEMA

PUBLISHED = Path(__file__).parent / "node_modules/@octokit/graphql-schema/schema.graphql"
QUERIES = {
    "commits": commits.FULL,
    "graph of commits": commits.GRAPH,
    "pull requests": pull_requests.CHANGED,
    "open pull requests": pull_requests.OPEN,
    "graph of pull requests": pull_requests.QUERY % (pull_requests.NEWEST, PAGE, GRAPH),
    "more commits": pull_requests.MORE_COMMITS,
    "more reviews": pull_requests.MORE_REVIEWS,
    "more moments": pull_requests.MORE_MOMENTS,
    "deployments": deployments.QUERY,
    "what was deployed": deployed.QUERY,
    "releases": releases.QUERY,
    "teams": survey.TEAMS,
    "more members": survey.MORE_MEMBERS,
    "more repositories": survey.MORE_REPOSITORIES,
    "single commits": questions.query_of(f'c0: object(oid: "a") {{ ... on Commit {{ {COMMIT} {SIZE} }} }}'),
    "single tags": questions.query_of(f't0: ref(qualifiedName: "refs/tags/a") {{ {questions.TAGGED} }}'),
    "single pull requests": questions.query_of(f"p0: pullRequest(number: 1) {{ {PULL_REQUEST} }}"),
}


def wrong_queries(published: GraphQLSchema) -> Iterator[str]:
    for name, query in QUERIES.items():
        yield from (f"the query for {name}: {error.message}" for error in validate(published, parse(query)))


def wrong_types(published: GraphQLSchema) -> Iterator[str]:
    """What the local GitHub has must be there with the same type; it may have less."""
    for name, ours in SCHEMA.type_map.items():
        theirs = published.type_map.get(name)
        if theirs is None or type(theirs) is not type(ours):
            yield f"{name} is no such type of GitHub's"
        elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
            assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
            for field, of in ours.fields.items():
                known = theirs.fields.get(field)
                if known is None or str(known.type) != str(of.type):
                    yield f"{name}.{field} is {known.type if known else 'nothing'}, not {of.type}"
                else:
                    yield from (f"{name}.{field}({one}:)" for one in of.args if one not in known.args)
        elif isinstance(ours, GraphQLEnumType):
            assert isinstance(theirs, GraphQLEnumType)
            yield from (f"{name} has no {value}" for value in ours.values if value not in theirs.values)
        elif isinstance(ours, GraphQLUnionType):
            assert isinstance(theirs, GraphQLUnionType)
            members = {member.name for member in theirs.types}
            yield from (f"{name} has no {one.name}" for one in ours.types if one.name not in members)


def main() -> None:
    # GitHub publishes some fields twice.
    published = build_schema(PUBLISHED.read_text(), assume_valid=True)
    wrong = [*wrong_queries(published), *(one for one in wrong_types(published) if not one.startswith("__"))]
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
