from django.db import models


class RepeatedDenial(models.Model):
    """How often the refusal that `entry` keeps came again within its minute; no part of the trail.

    `key` is the digest of who was refused what. A row lives until the minute is over and what it
    counted is an entry.
    """

    key = models.CharField(max_length=64)
    minute = models.DateTimeField()
    entry = models.BigIntegerField(null=True)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["minute", "key"], name="one_count_a_minute_and_denial"),
        ]

    def __str__(self) -> str:
        return f"{self.entry} × {self.times}"
