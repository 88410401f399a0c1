"""Asking providers' APIs: what webhooks left open, what was before them, and what they failed to tell."""
