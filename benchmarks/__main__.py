"""`python -m benchmarks`: every number we publish, one after the other."""

from __future__ import annotations

from benchmarks import compose, deliver, gather, imports, night, plan, startup

if __name__ == "__main__":
    startup.main()
    gather.main()
    imports.main()
    compose.main()
    plan.main()
    deliver.main()
    night.main()
