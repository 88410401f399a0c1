"""What every administrative act has in common when it cannot be done."""


class Refused(ValueError):
    """Why it cannot be done like that, and what to do: for the person who asked."""
