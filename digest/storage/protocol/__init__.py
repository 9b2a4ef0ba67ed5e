"""What the rooms know of the shelves: one Protocol a domain, each in its own file.

Rooms take these; `digest.storage` implements them, and nothing here imports it.
"""
