"""planet-digest: many feeds gathered each night, one digest by mail for each reader.

The rooms of a night are `gather`, `sort`, `compose` and `deliver`; `night` walks through them,
`cli` is the front door. People and their wishes live in the neighbouring package `subscribers`.
"""

__version__ = "0.1.0"
