"""What strangers may send us to hurt our readers, or us (abuse C12, C17)."""
