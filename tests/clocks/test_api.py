"""Notices, lapses and thresholds by API: one's own, and with the version that was read."""

from datetime import date

import pytest

from portal.clocks.models import Notice, NoticePreference, ThresholdPolicy
from portal.clocks.services.recounting import recount
from portal.clocks.services.sweeping import sweep
from portal.workdays.models import CalendarDay, DayKind

pytestmark = pytest.mark.django_db
SOUND = {
    "version": 0,
    "remind_days": 4,
    "amber_days": 4,
    "red_days": 1,
    "head_days": 2,
    "competent_days": 6,
}


def sent(client, path, **body):
    return client.post(f"/api/v1/{path}", body, content_type="application/json")


def test_a_person_reads_and_marks_their_own_notices(cast, clock, freeze, signed_in):
    freeze(clock.due)
    sweep()
    client = signed_in(cast.provider_head)
    (line,) = client.get("/api/v1/notices/?unread=1").json()["results"]
    assert (line["kind"], line["url"]) == ("due", clock.request.get_absolute_url())
    assert sent(client, f"notices/{line['id']}/read/").json()["read_at"] is not None
    assert client.get("/api/v1/notices/?unread=1").json()["results"] == []
    assert sent(client, "notices/read/", newest=line["id"]).json() == {"marked": 0}
    assert sent(client, "notices/read/").status_code == 422
    assert sent(signed_in(cast.stranger), f"notices/{line['id']}/read/").status_code == 404
    assert Notice.objects.filter(recipient=cast.stranger).count() == 0


def test_a_person_chooses_how_notices_come(cast, signed_in):
    client = signed_in(cast.provider_head)
    assert client.get("/api/v1/notices/posting/").json() == {"posting": "at_once", "tasks": False}
    told = sent(client, "notices/posting/", posting="digest", tasks=True).json()
    assert told == {"posting": "digest", "tasks": True}
    assert sent(client, "notices/posting/", posting="pigeon").status_code == 422
    assert NoticePreference.objects.get().posting == "digest"


def test_lapses_are_told_to_who_may_know_of_them(cast, clock, freeze, signed_in):
    freeze(date(2026, 11, 17))
    sweep()
    (line,) = signed_in(cast.provider_head).get("/api/v1/deadlines/lapses/").json()["results"]
    assert (line["lapse"]["article"], line["lapse"]["due"]) == (21, "2026-11-16")
    assert (line["url"], line["is_reversed"]) == (clock.request.get_absolute_url(), False)
    assert signed_in(cast.stranger).get("/api/v1/deadlines/lapses/").json()["results"] == []


def test_officers_set_the_thresholds_of_their_region(cast, signed_in):
    client = signed_in(cast.officer)
    assert client.get("/api/v1/deadlines/thresholds/").json()["version"] == 0
    assert sent(client, "deadlines/thresholds/", **SOUND).json()["version"] == 1
    assert sent(client, "deadlines/thresholds/", **SOUND).status_code == 409
    wrong = {**SOUND, "version": 1, "red_days": 9}
    assert sent(client, "deadlines/thresholds/", **wrong).status_code == 422
    assert sent(signed_in(cast.head), "deadlines/thresholds/", **SOUND).status_code == 403
    assert ThresholdPolicy.objects.get().red_days == 1


def test_officers_see_what_a_list_would_move_and_what_it_moved(cast, clock, freeze, signed_in):
    freeze(date(2026, 11, 10))
    found = CalendarDay.objects.filter(calendar__year=2026, calendar__is_current=True)
    days = {
        kind: [{"day": str(one.day), "name": one.name} for one in found.filter(kind=kind)]
        for kind in DayKind
    }
    body = {
        "year": 2026,
        "holidays": [*days[DayKind.HOLIDAY], {"day": str(clock.due), "name": "防汛"}],
        "makeup_days": days[DayKind.MAKEUP],
    }
    officer = signed_in(cast.officer)
    preview = sent(officer, "calendars/preview/", **body).json()
    assert (preview["concerned"], preview["moved"], preview["earlier"]) == (1, 1, 0)
    assert preview["shown"][0]["due"] == str(clock.due)
    assert officer.get("/api/v1/calendars/recounts/").json()["results"] == []
    assert sent(officer, "calendars/preview/", **body, region="x").status_code == 422
    assert sent(signed_in(cast.provider_head), "calendars/preview/", **body).status_code == 403

    officer = signed_in(cast.officer)
    made = sent(officer, "calendars/", **body, source="通知", replaces=1).json()
    recount()
    assert [one["id"] for one in officer.get("/api/v1/calendars/recounts/").json()["results"]] == [
        made["id"]
    ]
    (moved,) = officer.get(f"/api/v1/calendars/recounts/{made['id']}/").json()["results"]
    assert (moved["old_due"], moved["new_due"]) == (str(clock.due), preview["shown"][0]["new_due"])
    assert officer.get("/api/v1/calendars/recounts/0/").status_code == 404
    stranger = signed_in(cast.stranger)
    assert stranger.get(f"/api/v1/calendars/recounts/{made['id']}/").json()["results"] == []
