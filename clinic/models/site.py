import uuid

from django.db import models


class Site(models.Model):
    """A clinic: staff, patients and stimulators belong to one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    time_zone = models.CharField(max_length=40, default="Europe/London")
    is_demo = models.BooleanField(default=False)
    policy = models.JSONField(
        default=dict,
        help_text="Site policy values signed by a prescriber, by name.",
    )

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="room_name_per_site")
        ]

    def __str__(self) -> str:
        return self.name


class Chair(models.Model):
    """A place of treatment; its name is what a person calls it, `chair 2`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="chairs")
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "name"], name="chair_name_per_room")
        ]

    def __str__(self) -> str:
        return self.name
