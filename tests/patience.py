"""How long a test waits for what must come: on a busy machine too, only a defect takes so long."""

SECONDS = 60
# Until `devmetrics` in a process of its own has imported everything and is up.
SECONDS_TO_START = 240
