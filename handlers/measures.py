"""What this process counts about deliveries, for GET /metrics."""

from prometheus_client import Counter, Histogram, disable_created_metrics

# A second series for each counter, of which Prometheus itself makes nothing.
disable_created_metrics()  # type: ignore[no-untyped-call]  # (the library does not type it)

RECEIVED = Counter("devmetrics_received", "Webhook requests, by provider and HTTP status.", ["provider", "status"])
PROCESSED = Counter("devmetrics_processed", "Deliveries that were processed, by what became of them.", ["state"])
BATCH_SECONDS = Histogram("devmetrics_batch_seconds", "Time to process one batch of deliveries, without the commit.")
ASKED = Counter("devmetrics_asked", "Questions to providers' APIs, by what became of them.", ["provider", "result"])
DIFFERENCES = Counter(
    "devmetrics_repaired", "Pull requests and deployments that were not as the provider has them.", ["provider"]
)
REDELIVERED = Counter("devmetrics_redelivered", "Deliveries that a provider was asked to send again.", ["provider"])
CALLS = Counter("devmetrics_calls", "Calls to providers' APIs, by HTTP status (0: no answer).", ["provider", "status"])
