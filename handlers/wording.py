"""Numbers in sentences."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 repository`, `1,200 repositories`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
