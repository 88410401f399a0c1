"""A local GitHub: REST and GraphQL over a small history that also tells itself in webhooks."""
