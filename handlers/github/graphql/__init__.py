"""What GitHub's GraphQL is asked for, and the records that its answers become."""
