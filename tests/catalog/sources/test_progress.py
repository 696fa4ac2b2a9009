import pytest
from django.core.cache import cache
from django.test import override_settings

from catalog.sources.progress import EVERY_SECONDS, READING, Progress, snapshot


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    cache.clear()
    return Clock()


def test_it_is_written_every_half_second_with_its_rate(clock):
    progress = Progress(1, clock=clock)
    progress.expect(10)
    progress.enter(READING)

    progress.read(b"1\n2\n")
    assert snapshot(1).rows == 0
    clock.now += EVERY_SECONDS
    progress.read(b"3\n4\n")

    seen = snapshot(1)
    assert (seen.rows, seen.bytes, seen.rate, seen.expected, seen.seconds) == (4, 8, 8, 10, 0.5)
    assert seen.rates == [8]


def test_a_minute_of_rates_is_kept(clock):
    progress = Progress(2, clock=clock)
    for _ in range(70):
        clock.now += 1
        progress.read(b"x\n")

    assert len(snapshot(2).rates) == 60


def test_a_run_goes_on_when_the_cache_is_away(clock):
    away = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with override_settings(CACHES=away):
        progress = Progress(3, clock=clock)
        clock.now += 1
        progress.read(b"x\n")
        assert snapshot(3) is None

    assert progress.now.rows == 1
