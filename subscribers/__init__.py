"""The people of planet-digest: who wants what, since when, and how they leave.

Nothing here imports `digest`. What this package needs of the paper it declares as protocols
(`store.Store`), and `digest` supplies them.
"""
