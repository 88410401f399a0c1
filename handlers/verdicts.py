"""Why a delivery gives no records."""


class Ignored(Exception):
    """Nothing in it is counted. The text is the reason, one sentence for the administrator."""


class Unreadable(Exception):
    """It cannot be read. The text is the reason, one sentence for the administrator."""
