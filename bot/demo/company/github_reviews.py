"""GitHub's reviews and the comments on lines that belong to them."""

from bot.demo.company.github_accounts import API, WEB, Json, node_id, stamp, user
from bot.demo.company.github_objects import envelope
from bot.demo.company.github_pull_requests import head_of, identifier, without_counts
from bot.demo.company.script import PullRequest, Review


def review_event(pull_request: PullRequest, review: Review) -> Json:
    """A `pull_request_review` delivery. Its pull request lacks the counts that `pull_request` events carry."""
    review_id = identifier(pull_request, review.at)
    address = f"{WEB}/{pull_request.repository.path}/pull/{pull_request.number}#pullrequestreview-{review_id}"
    url = f"{API}/repos/{pull_request.repository.path}/pulls/{pull_request.number}"
    return {
        "action": "submitted",
        "review": {
            "id": review_id,
            "node_id": node_id("PRR_", review_id),
            "user": user(review.reviewer),
            "body": None,
            "commit_id": head_of(pull_request, review.at),
            "submitted_at": stamp(review.at),
            "state": review.state,
            "html_url": address,
            "pull_request_url": url,
            "author_association": "MEMBER",
            "_links": {"html": {"href": address}, "pull_request": {"href": url}},
        },
        "pull_request": without_counts(pull_request, review.at),
        **envelope(pull_request.repository, review.at, review.reviewer),
    }


def comment_event(pull_request: PullRequest, review: Review, place: int) -> Json:
    """A `pull_request_review_comment` delivery: the comment on a line, sent beside its review."""
    review_id = identifier(pull_request, review.at)
    comment_id = review_id * 10 + place
    repository_url = f"{API}/repos/{pull_request.repository.path}"
    address = f"{WEB}/{pull_request.repository.path}/pull/{pull_request.number}#discussion_r{comment_id}"
    head = head_of(pull_request, review.at)
    return {
        "action": "created",
        "comment": {
            "url": f"{repository_url}/pulls/comments/{comment_id}",
            "pull_request_review_id": review_id,
            "id": comment_id,
            "node_id": node_id("PRRC_", comment_id),
            "diff_hunk": "@@ -12,6 +12,9 @@",
            "path": pull_request.commits[0].files[0],
            "commit_id": head,
            "original_commit_id": head,
            "user": user(review.reviewer),
            "body": review.comments[place],
            "created_at": stamp(review.at),
            "updated_at": stamp(review.at),
            "html_url": address,
            "pull_request_url": f"{repository_url}/pulls/{pull_request.number}",
            "author_association": "MEMBER",
            "_links": {"self": {"href": f"{repository_url}/pulls/comments/{comment_id}"}, "html": {"href": address}},
            "start_line": None,
            "line": 14 + place,
            "side": "RIGHT",
            "subject_type": "line",
        },
        "pull_request": without_counts(pull_request, review.at),
        **envelope(pull_request.repository, review.at, review.reviewer),
    }
