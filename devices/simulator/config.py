"""Which devices a simulator hosts, read from its configuration file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devices.core.profile import Profile, ProfileError
from devices.simulator.skin import PRESETS


class ConfigError(ValueError):
    """A configuration that cannot be used; the text names the entry."""


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """One simulated stimulator."""

    serial: str
    seed: int
    profile: Profile
    preset: str
    course_index: int

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "DeviceConfig":
        """Build from an entry of `devices`; raises ConfigError."""
        try:
            skin = data["skin"]
            config = cls(
                serial=str(data["serial"]),
                seed=int(data["seed"]),
                profile=Profile.from_dict(data["profile"]),
                preset=str(skin["preset"]),
                course_index=int(skin.get("course_index", 0)),
            )
        except (KeyError, TypeError, ProfileError) as error:
            raise ConfigError(f"device {data!r}: {error}") from error
        if config.preset not in PRESETS:
            raise ConfigError(
                f"device {config.serial}: no skin {config.preset!r}; "
                f"known: {', '.join(PRESETS)}"
            )
        return config


def load_config(path: Path) -> list[DeviceConfig]:
    """The devices of a file `{"devices": [...]}`; raises ConfigError."""
    try:
        entries = json.loads(path.read_text())["devices"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} has no list of devices: {error}") from error
    devices = [DeviceConfig.from_dict(entry) for entry in entries]
    serials = [device.serial for device in devices]
    if doubled := sorted({s for s in serials if serials.count(s) > 1}):
        raise ConfigError(f"{path} names {', '.join(doubled)} more than once")
    return devices
