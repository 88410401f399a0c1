"""What cannot be read is left out, and can be found."""

from collections.abc import Iterator
from typing import Any

from structlog.testing import capture_logs

from handlers.asking.leaving_out import LeftOut
from storage.records import Record


def tell(told: dict[str, Any]) -> Iterator[Record]:
    yield told["record"]


def test_a_mistake_of_our_own_costs_no_other_and_the_log_says_where_it_is() -> None:
    left_out = LeftOut()
    with capture_logs() as logs:
        assert len(left_out.records([{"secret": "s3cr3t"}, {"record": "told"}], tell)) == 1
    assert left_out.take() == ["KeyError"]
    [line] = logs
    assert "in tell" in line["where"]
    assert "s3cr3t" not in str(line)
