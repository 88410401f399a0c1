"""What the API's report must say, from what a story expects of its single deployments and changes."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.stories.checks import duration
from tests.stories.moments import moment
from tests.stories.timeline import Timeline

# Left out of the lead time.
LEFT_OUT = ("bot", "negative")
NOTES = frozenset(
    {
        *(
            "imported_history",
            "canceled",
            "told_twice",
            "unknown_sha",
            "cut_push",
            "estimated_shipping",
            "untold_shipping",
        ),
        *("negative_lead_time", "negative_recovery", "incident_without_deployment"),
    }
)
STAGES = ("coding", "pickup", "review", "deploy")


def expected_report(expect: dict[str, Any], timeline: Timeline) -> dict[str, Any]:
    """As much of the report over the whole story as follows from what it expects."""
    report: dict[str, Any] = {"deployment_frequency": {"deployments": len(timeline.finished)}}
    outcomes = expect.get("outcomes", {})
    if timeline.finished <= set(outcomes):
        failed = sum(outcomes[number] == "failed" for number in timeline.finished)
        report["deployment_frequency"]["succeeded"] = len(timeline.finished) - failed
        report["change_failure_rate"] = rate("failed", failed, len(timeline.finished))
    if "unplanned" in expect:
        report["rework_rate"] = rate("unplanned", len(expect["unplanned"]), len(timeline.finished))
    if "recovery" in expect:
        report["recovery_time"] = recoveries(expect["recovery"].values())
    if "shipped" in expect:
        report["lead_time"] = lead_time(expect)
    if "notes" in expect:
        report["notes"] = expect["notes"]
    merged = {number for number, pr in timeline.pull_requests.items() if pr.state == "merged"}
    if "stages" in expect and merged <= set(expect["stages"]):
        report["pull_requests"] = {"merged": len(merged), "stages": stages(expect["stages"].values())}
    return report


def rate(name: str, count: int, deployments: int) -> dict[str, Any]:
    return {name: count, "deployments": deployments, "ratio": count / deployments if deployments else None}


def lead_time(expect: dict[str, Any]) -> dict[str, Any]:
    lead_times: dict[str, str] = expect.get("lead_times", {})
    shipped = {change for changes in expect["shipped"].values() for change in changes}
    counted = sorted(change for change in shipped if lead_times.get(change) not in LEFT_OUT)
    pull_requests = sum(change.startswith("#") for change in counted)
    told: dict[str, Any] = {"n_pull_requests": pull_requests, "n_commits": len(counted) - pull_requests}
    if set(counted) <= set(lead_times):
        told |= durations([duration(lead_times[change]) for change in counted])
    return {"n": len(counted), **told}


def recoveries(spelled: Iterable[str]) -> dict[str, Any]:
    ends = [tuple(one.split(" - ")) for one in spelled]
    seconds = [(moment(end) - moment(start)).total_seconds() for start, end in ends if end != "open"]
    return {**durations(seconds), "open": sum(end == "open" for _, end in ends)}


def stages(of_pull_requests: Iterable[dict[str, str]]) -> dict[str, Any]:
    listed = list(of_pull_requests)
    return {stage: durations([duration(one[stage]) for one in listed if stage in one]) for stage in STAGES}


def durations(seconds: Sequence[float]) -> dict[str, Any]:
    return {"p50_seconds": percentile(seconds, 0.5), "p90_seconds": percentile(seconds, 0.9), "n": len(seconds)}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Linear between neighbours."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def said(report: dict[str, Any]) -> dict[str, Any]:
    """The API's answer in the same form: what linking noted by its kind."""
    notes = {one["kind"]: one["count"] for one in report["data_quality"] if one["kind"] in NOTES}
    untold = sum(one["count"] for one in report["data_quality"] if one["kind"] == "untold_services")
    return {**report, "notes": notes, "untold": untold}


def spelled_out(wanted: Any) -> Any:
    """A story's own words for durations, as the API says them: `p50: 1h` is `p50_seconds: 3600.0`."""
    if not isinstance(wanted, dict):
        return wanted
    told = {name: spelled_out(value) for name, value in wanted.items() if name not in ("p50", "p90")}
    return told | {f"{name}_seconds": duration(wanted[name]) for name in ("p50", "p90") if name in wanted}


def differences(wanted: Any, found: Any, at: str = "") -> list[str]:
    """Where an answer is not what is wanted; it may say more."""
    if isinstance(wanted, dict) and isinstance(found, dict) and at != ".notes":
        return [line for key, value in wanted.items() for line in differences(value, found.get(key), f"{at}.{key}")]
    same = (
        abs(wanted - found) < 1e-6 if isinstance(wanted, float) and isinstance(found, int | float) else wanted == found
    )
    return [] if same else [f"{at[1:]} is {found!r}, not {wanted!r}"]
