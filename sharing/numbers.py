"""Numbers of requests, agreements and applications: gapless within a year, never used twice."""

from sharing.models import NumberSeries

REQUESTS, AGREEMENTS, APPLICATIONS, DEMANDS = "GX", "GXXY", "GXSQ", "GXXQ"
DIGITS = {REQUESTS: 5, AGREEMENTS: 4, APPLICATIONS: 4, DEMANDS: 4}


def next_number(prefix: str, year: int) -> str:
    """The next number, for example GX-2026-00001. The row stays locked until the transaction ends."""
    NumberSeries.objects.bulk_create(
        [NumberSeries(prefix=prefix, year=year)], ignore_conflicts=True
    )
    series = NumberSeries.objects.select_for_update().get(prefix=prefix, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{prefix}-{year}-{series.last:0{DIGITS[prefix]}d}"
