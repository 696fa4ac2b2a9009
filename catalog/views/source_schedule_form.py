"""The form of a schedule, of a sync job or of what else runs by itself."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.sources.schedule import (
    LAST_DAY,
    MOST_SPREAD,
    SPREAD,
    Rhythm,
    Schedule,
    Weekday,
    Zone,
)


class ScheduleForm(forms.Form):
    rhythm = forms.ChoiceField(label=_("Runs"), choices=Rhythm.choices)
    at = forms.TimeField(
        label=_("At"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Of the hourly rhythm only the minute counts."),
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=Weekday.choices, required=False
    )
    day = forms.IntegerField(
        label=_("Day of the month"), min_value=1, max_value=LAST_DAY, required=False
    )

    zone = forms.ChoiceField(
        label=_("Time zone"), choices=Zone.choices, initial=Zone.SHANGHAI, required=False
    )
    working_days = forms.BooleanField(label=_("On working days only"), required=False)
    spread = forms.IntegerField(
        label=_("Spread over minutes"),
        min_value=0,
        max_value=MOST_SPREAD,
        required=False,
        help_text=_("Jobs of one time begin one after another within so many minutes."),
    )

    def __init__(self, *args: Any, schedule: Schedule, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "zone": schedule.zone,
            "working_days": schedule.working_days,
            "spread": schedule.spread,
            "rhythm": schedule.rhythm,
            "at": schedule.at,
            "weekday": int(schedule.weekday),
            "day": schedule.day,
        }
        super().__init__(*args, **kwargs)

    @property
    def schedule(self) -> Schedule:
        given = self.cleaned_data
        at: time = given["at"]
        return Schedule(
            rhythm=Rhythm(given["rhythm"]),
            at=at.replace(second=0),
            weekday=Weekday.MONDAY if given["weekday"] == "" else given["weekday"],
            day=given["day"] or 1,
            zone=given["zone"] or Zone.SHANGHAI,
            working_days=given["working_days"],
            spread=SPREAD if given["spread"] is None else given["spread"],
        )
