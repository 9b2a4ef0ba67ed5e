"""`python -m benchmarks`: every number we publish, one after the other."""

from __future__ import annotations

from benchmarks import compose, gather, startup

if __name__ == "__main__":
    startup.main()
    gather.main()
    compose.main()
