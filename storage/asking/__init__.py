"""What is asked of providers' APIs, who asks it now, and what became of it."""
