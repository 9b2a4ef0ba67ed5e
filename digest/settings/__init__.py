"""digest.toml, the environment and secret files → frozen Settings. Reads no file itself: `cli` hands
over the texts, so nothing below `cli` touches the environment."""

from digest.settings.load import load
from digest.settings.schema import ListSettings, Settings, SourceSettings, Topic, in_language

__all__ = ["ListSettings", "Settings", "SourceSettings", "Topic", "in_language", "load"]
