"""Tickets: the protocol is `subscribers`', named here beside the other shelves'."""

from __future__ import annotations

from subscribers.tickets import Purpose, Ticket, Tickets

__all__ = ["Purpose", "Ticket", "Tickets"]
