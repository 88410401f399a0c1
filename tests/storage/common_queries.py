"""The common queries of the data model, verbatim but for the parameters' names."""

TEAM_METRICS = """
SELECT
    d.day,
    SUM(d.commit_count) as total_commits,
    SUM(d.total_lines_added) as total_additions
FROM daily_commit_stats d
JOIN repositories r ON d.repository_id = r.id
JOIN teams t ON r.organization_id = t.organization_id
WHERE t.id = :team_id
  AND d.day >= NOW() - INTERVAL '30 days'
GROUP BY d.day
ORDER BY d.day;
"""
DEPLOYMENT_FREQUENCY = """
SELECT
    w.week,
    w.deployment_count::float / 7 as deployments_per_day
FROM weekly_dora_metrics w
WHERE w.repository_id = :repo_id
  AND w.week >= NOW() - INTERVAL '12 weeks'
ORDER BY w.week;
"""
