"""What people read, word for word. After a change that is meant: DIGEST_BLESS=1 pytest tests/golden"""
