"""One file per event."""
