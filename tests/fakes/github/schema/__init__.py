"""The schema that GitHub publishes: what is asked, and the local GitHub, must agree with it."""
