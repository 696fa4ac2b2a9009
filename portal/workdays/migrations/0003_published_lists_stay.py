"""A published list is never changed: a deadline that names its version was computed by these days.

The one change of a list is that a newer version takes it out of force. Days come with their list,
in the transaction that enters it (`entered_at` is the transaction's own time), and stay.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workdays_list_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.is_current AND NOT NEW.is_current
        AND to_jsonb(NEW) - 'is_current' = to_jsonb(OLD) - 'is_current'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published holiday calendar is never changed: publish a new version'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION workdays_days_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT 1 FROM workdays_holidaycalendar
        WHERE id = NEW.calendar_id AND is_current AND entered_at = transaction_timestamp()
    )
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION
        'the days of a published holiday calendar are never changed: publish a new version'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER list_stays BEFORE UPDATE OR DELETE ON workdays_holidaycalendar
    FOR EACH ROW EXECUTE FUNCTION workdays_list_stays();
CREATE TRIGGER days_stay BEFORE INSERT OR UPDATE OR DELETE ON workdays_calendarday
    FOR EACH ROW EXECUTE FUNCTION workdays_days_stay();
"""

BACKWARD = """
DROP TRIGGER list_stays ON workdays_holidaycalendar;
DROP TRIGGER days_stay ON workdays_calendarday;
DROP FUNCTION workdays_list_stays();
DROP FUNCTION workdays_days_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("workdays", "0002_years_2004_2026")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
