"""How long a test waits for what must come: on a busy machine too, only a defect takes so long."""

SECONDS = 60
