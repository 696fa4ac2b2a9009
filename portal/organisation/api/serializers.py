from typing import Any

from rest_framework import serializers

from portal.organisation.models import Department, InformationSystem, Region, User


class RegionOut(serializers.ModelSerializer[Region]):
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.code", default=None
    )

    class Meta:
        model = Region
        fields = ["code", "name", "level", "parent"]


class DepartmentOut(serializers.ModelSerializer[Department]):
    region = serializers.CharField(source="region.code")

    class Meta:
        model = Department
        fields = ["id", "name", "short_name", "uscc", "region", "work_body", "is_competent"]


class SystemOut(serializers.ModelSerializer[InformationSystem]):
    department = serializers.CharField(source="department.name")
    client_id = serializers.CharField(source="application.client_id", default=None)

    class Meta:
        model = InformationSystem
        fields = ["id", "name", "department", "mlps_level", "contact", "is_active", "client_id"]


class SystemIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    mlps_level = serializers.IntegerField(min_value=1, max_value=5, default=3)
    contact = serializers.CharField(max_length=100, required=False, default="")


class KeyIn(serializers.Serializer[Any]):
    days = serializers.IntegerField(help_text="1 to 365")


class KeyOut(serializers.Serializer[Any]):
    """The secret is in this answer and nowhere else."""

    prefix = serializers.CharField(source="key.prefix")
    expires_at = serializers.DateTimeField(source="key.expires_at")
    secret = serializers.CharField()


class ClientOut(serializers.Serializer[Any]):
    """The secret is in this answer and nowhere else."""

    client_id = serializers.CharField()
    client_secret = serializers.CharField()


class MeOut(serializers.Serializer[User | InformationSystem]):
    kind = serializers.SerializerMethodField()
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    department = DepartmentOut()
    duties = serializers.SerializerMethodField()

    def get_kind(self, party: User | InformationSystem) -> str:
        return party.audit_identity.kind

    def get_duties(self, party: User | InformationSystem) -> list[str]:
        return sorted(party.duties) if isinstance(party, User) else []
