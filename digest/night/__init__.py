"""The night: walks through the rooms on one machine. `run` is its door; the desk, the galleys and the
postroom are asked by whoever previews, explains or tests what a night would do.

Nothing is imported here: a command that lists people pays for no room (number N11).
"""
