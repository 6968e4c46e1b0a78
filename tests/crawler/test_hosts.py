"""Politeness: a delay is a floor, over any order of events."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.hosts import HostQueue


def test_a_host_waits_its_delay_after_a_request_is_over() -> None:
    hosts = HostQueue(default_delay=2.0, per_host=8)
    hosts.offer("a", 0.0)
    assert hosts.pop(10.0) == "a"
    hosts.started("a", 10.0)
    hosts.offer("a", 10.0)
    assert hosts.pop(99.0) is None, "one at a time, where there is a delay"
    hosts.finished("a", 13.0)
    assert hosts.pop(14.9) is None
    assert hosts.next_time() == 15.0
    assert hosts.pop(15.0) == "a"


def test_other_hosts_are_not_held_up() -> None:
    hosts = HostQueue(default_delay=100.0, per_host=1)
    hosts.offer("a", 0.0)
    hosts.offer("b", 0.0)
    assert {hosts.pop(1.0), hosts.pop(1.0)} == {"a", "b"}
    assert hosts.pop(1.0) is None


def test_in_flight_requests_to_a_host_are_bounded() -> None:
    hosts = HostQueue(default_delay=0.0, per_host=2)
    for now in (1.0, 2.0):
        hosts.offer("a", now)
        assert hosts.pop(now) == "a"
        hosts.started("a", now)
    hosts.offer("a", 3.0)
    assert hosts.pop(3.0) is None
    assert hosts.next_time() is None, "a full host has no next time until a request ends"
    hosts.finished("a")
    assert hosts.pop(4.0) == "a"


def test_rest_outlasts_an_earlier_listing() -> None:
    hosts = HostQueue(default_delay=0.0, per_host=1)
    hosts.offer("a", 1.0)
    hosts.rest("a", 50.0)
    assert hosts.pop(10.0) is None
    assert hosts.next_time() == 50.0
    assert hosts.pop(50.0) == "a"


@given(
    delay=st.floats(0.1, 10),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), min_size=1, max_size=60),
)
def test_starts_are_never_closer_than_the_delay(delay: float, steps: list[tuple[str, float]]) -> None:
    hosts = HostQueue(default_delay=delay, per_host=64)
    now, starts = 0.0, dict[str, list[float]]()
    for name, wait in steps:
        now += wait
        hosts.offer(name, now)
        while (ready := hosts.pop(now)) is not None:
            hosts.started(ready, now)
            hosts.finished(ready, now)
            starts.setdefault(ready, []).append(now)
    for times in starts.values():
        assert all(later - earlier >= delay * 0.999999 for earlier, later in pairwise(times))
