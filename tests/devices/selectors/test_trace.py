"""Charts read extremes, never every sample, and hide neither spike nor gap."""

import pytest

from devices.core.reading import Phase, Reading
from devices.core.trace_codec import TraceError, pack, seal
from devices.models import Run, Trace, TraceChunk
from devices.selectors.trace import chart, ohm_figures, run_columns
from tests.factories import make_run, make_world

pytestmark = pytest.mark.django_db
PERIOD_MS = 250


@pytest.fixture
def run() -> Run:
    return make_run(make_world().here)


def readings(count: int, **at: dict[str, int | None]) -> list[Reading]:
    """4 mA at 20 V; `at={"s40": {...}}` changes the sample with seq 40."""
    made = []
    for seq in range(1, count + 1):
        plain = Reading(
            seq, seq * PERIOD_MS, 4_000, 4_000, 4_000, 20_000, 4_000, Phase.PLATEAU
        )
        made.append(plain._replace(**at.get(f"s{seq}", {})))
    return made


def store(run: Run, samples: list[Reading]) -> None:
    TraceChunk.objects.create(
        run=run, first_seq=samples[0].seq, count=len(samples), payload=pack(samples)
    )


def means(points) -> list[int | None]:
    return [mean for _, _, mean, _ in points]


def test_a_spike_of_one_sample_is_in_the_chart(run):
    store(run, readings(4_000, s2345={"mean_ua": 9_999}))
    drawn = chart(run, 100)
    assert 9_999 in means(drawn["points"])
    assert len(drawn["points"]) <= 300


def test_impedance_is_that_of_the_skin(run):
    store(run, readings(10))
    assert {point[3] for point in chart(run)["points"]} == {5_000}


def test_a_missing_stretch_breaks_the_line(run):
    samples = readings(400)
    store(run, samples[:100])
    store(run, samples[300:])
    assert None in means(chart(run)["points"])


def test_a_missing_reading_is_none_and_never_zero(run):
    store(run, readings(10, s5={"mean_ua": None}))
    drawn = means(chart(run)["points"])
    assert None in drawn
    assert 0 not in drawn


def test_points_are_in_order_of_time(run):
    store(run, readings(1_000, s77={"mean_ua": None}))
    times = [point[0] for point in chart(run, 50)["points"]]
    assert times == sorted(times)


def test_a_run_without_samples_has_an_empty_chart(run):
    assert chart(run)["points"] == []
    assert chart(run)["allowed_ua"] == 8_000


def sealed(run: Run, samples: list[Reading], **columns: object) -> None:
    whole = seal(samples)
    plain = {
        "codec": whole.codec,
        "count": whole.count,
        "gaps": 0,
        "sha256": whole.sha256,
        "blob": whole.blob,
        "positive_nc": 0,
        "negative_nc": 0,
        "confirmed_nc": 0,
        "upper_nc": 0,
        "flow_ms": 0,
    }
    Trace.objects.create(run=run, **{**plain, **columns})


def test_the_sealed_trace_gives_the_same_chart_as_the_chunks(run):
    samples = readings(500, s33={"mean_ua": 7_000})
    store(run, samples)
    live = chart(run)
    TraceChunk.objects.all().delete()
    sealed(run, samples)
    assert chart(run) == live


def test_a_broken_seal_is_told_and_not_drawn(run):
    sealed(run, readings(10), sha256="0" * 64)
    with pytest.raises(TraceError, match="was sealed"):
        run_columns(run)


def test_impedance_first_least_last_is_of_the_plateau(run):
    assert ohm_figures(run) is None
    samples = readings(
        6,
        s1={"phase": Phase.RAMP_UP, "voltage_mv": 40_000},
        s3={"voltage_mv": 8_000},
        s4={"voltage_mv": None},
        s5={"voltage_mv": 12_000},
        s6={"phase": Phase.ENDING, "voltage_mv": 1_000},
    )
    store(run, samples)
    assert ohm_figures(run) == (5_000, 2_000, 3_000)
