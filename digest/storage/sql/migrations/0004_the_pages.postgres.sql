-- The pages, for PostgreSQL: the twin of 0004_the_pages.sqlite.sql, column for column.

-- A link mailed for one thing. Of its code only the hash is kept: who reads this table can press no button.
CREATE TABLE tickets (
  hash            TEXT PRIMARY KEY,    -- SHA-256 of the code, in hex
  purpose         TEXT NOT NULL CHECK (purpose IN ('confirm', 'address', 'export', 'erase')),
  subscriber_id   BIGINT NOT NULL REFERENCES subscribers (id),
  subscription_id BIGINT REFERENCES subscriptions (id),
  detail          TEXT NOT NULL DEFAULT '',  -- 'address': the new one
  created_at      TEXT NOT NULL,
  expires_at      TEXT NOT NULL,
  used_at         TEXT
);
CREATE INDEX tickets_subscriber ON tickets (subscriber_id);

-- How often something was done since an instant: mail to an address, forms of a network.
CREATE TABLE caps (
  name     TEXT PRIMARY KEY,           -- 'confirm:<hash of an address>', 'prefix:192.0.2.0/24', 'total'…
  n        BIGINT NOT NULL,
  since_at TEXT NOT NULL
);

-- Places that wait for a click: when the last letter that asks for it was posted, and whether one reminded.
CREATE TABLE askings (
  subscription_id BIGINT PRIMARY KEY REFERENCES subscriptions (id),
  asked_at        TEXT NOT NULL,
  reminded_at     TEXT
);
CREATE INDEX askings_asked ON askings (asked_at, subscription_id);
