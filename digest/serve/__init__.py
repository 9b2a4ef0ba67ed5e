"""One process for all of it: pages, letters, deferred mail, what comes back, and the night at its hour.

It wires what `subscribers` asks for to what `digest` has. Uvicorn and the receiver have their threads; each
kind of work has one more. The night and all sending run as commands of their own (`children` says why).
"""
