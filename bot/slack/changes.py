"""How a number changed against the window before, in words; silent rather than misleading."""

from bot.slack.wording import FEWEST_FOR_A_TREND, count, duration, percent

# Which way is better, by DORA's own meaning of its metrics. The others are facts without a judgement.
MORE, LESS = "more", "less"

TOO_FEW = f"no trend: fewer than {FEWEST_FOR_A_TREND}"


def change_of_count(now: int | None, before: int | None, better: str | None = None) -> str | None:
    """In percent. None when there is no window before, or too little in one of the two to call it a trend."""
    if now is None or before is None or min(now, before) < FEWEST_FOR_A_TREND:
        return None
    return _in_percent(now, before, count(before), better)


def change_of_duration(
    now: float | None, n: int, before: float | None, n_before: int | None, better: str | None = LESS
) -> str | None:
    """In percent."""
    if n_before is None:
        return None
    if min(n, n_before) < FEWEST_FOR_A_TREND or now is None or before is None:
        return _too_few(n, n_before)
    return _in_percent(now, before, duration(before), better)


def change_of_rate(
    now: float | None, n: int, before: float | None, n_before: int | None, better: str | None = LESS
) -> str | None:
    """In points: from 17 % to 20 % is up 3 points."""
    if n_before is None:
        return None
    if min(n, n_before) < FEWEST_FOR_A_TREND or now is None or before is None:
        return _too_few(n, n_before)
    points = round((now - before) * 100)
    if points == 0:
        return "unchanged" if now == before else f"nearly unchanged from {percent(before)}"
    size = "1 point" if abs(points) == 1 else f"{abs(points)} points"
    return _said(points > 0, size, percent(before), better)


def _in_percent(now: float, before: float, before_in_words: str, better: str | None) -> str:
    if now == before:
        return "unchanged"
    # Less than a second is no measure for anything.
    if before < 1 <= now:
        return f"up from {before_in_words}"
    difference = 0 if before < 1 else round((now / before - 1) * 100)
    if difference == 0:
        return f"nearly unchanged from {before_in_words}"
    return _said(difference > 0, f"{abs(difference):,} %", before_in_words, better)


def _said(up: bool, size: str, before: str, better: str | None) -> str:
    words = f"{'up' if up else 'down'} {size} from {before}"
    if better is None:
        return words
    return f"{words}, {'better' if up == (better == MORE) else 'worse'}"


def _too_few(now: int, before: int) -> str | None:
    if now == 0:
        return None
    return f"{TOO_FEW} now" if now < FEWEST_FOR_A_TREND else f"{TOO_FEW} in the window before ({count(before)})"
