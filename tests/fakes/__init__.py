"""Stand-ins at the wire: local servers that speak a provider's API."""
