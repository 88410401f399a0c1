"""Numbers. Reads only; one definition per number, in `reports/metrics/<metric>.py`."""
