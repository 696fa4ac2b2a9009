from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    """Sign-in takes a name in any case: two accounts that differ in case alone could not sign in."""

    dependencies = [("organisation", "0002_systems")]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                Lower("username"),
                name="one_account_per_username_in_any_case",
                violation_error_message="There is an account of this name already.",
            ),
        ),
    ]
