"""What holds for every test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No test measures time (two busy cores are not a fault), so a property may take as long as it takes.
settings.register_profile(
    "house", deadline=None, suppress_health_check=(HealthCheck.too_slow,), print_blob=True
)
settings.load_profile("house")
