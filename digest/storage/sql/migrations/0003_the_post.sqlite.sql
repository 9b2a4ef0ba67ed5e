-- The post: holds, cancelled issues, sums of what is older than keep_months.

-- What is not delivered for now: 'list:<slug>', or 'everything' after a restore.
CREATE TABLE holds (
  scope    TEXT PRIMARY KEY,
  since_at TEXT NOT NULL,
  words    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

ALTER TABLE issues ADD COLUMN cancelled_at TEXT;  -- open rows expired; nobody is planned into it any more

-- Deliveries of an issue that were too old to keep, counted.
CREATE TABLE issue_sums (
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  status   TEXT NOT NULL,
  n        INTEGER NOT NULL,
  PRIMARY KEY (issue_id, status)
) STRICT, WITHOUT ROWID;

-- When the latest try began. A try that lasts, and one the relay took, are told by the delivery alone:
-- `attempts` keeps those that ended otherwise.
ALTER TABLE deliveries ADD COLUMN tried_at TEXT;
UPDATE deliveries
SET tried_at = (SELECT MAX(a.started_at) FROM attempts a WHERE a.delivery_id = deliveries.id AND a.ended_at IS NULL)
WHERE status = 'sending';
DELETE FROM attempts WHERE ended_at IS NULL;

-- What is open, an issue at a time: a list on hold costs the others nothing. Told by `ended_at`, which stays
-- NULL until the end: a status in the condition would rewrite both indexes whenever a row begins to be sent.
DROP INDEX deliveries_open;
CREATE INDEX deliveries_open ON deliveries (issue_id, not_before_at, id) WHERE ended_at IS NULL;
DROP INDEX deliveries_waiting;
CREATE INDEX deliveries_waiting ON deliveries (subscription_id) WHERE ended_at IS NULL;

-- How fast mail may leave: what each bucket owes, how many left in a day of the ramp-up, since when.
CREATE TABLE throttles (
  name  TEXT PRIMARY KEY,              -- 'overall', 'domain:gmail.com', 'ramp:example.org'…
  level INTEGER NOT NULL,              -- microseconds owed, or messages counted
  at    TEXT NOT NULL                  -- when that was so
) STRICT, WITHOUT ROWID;

-- Domains that blame the sender, left alone for a while.
CREATE TABLE pauses (
  domain   TEXT PRIMARY KEY,
  until_at TEXT NOT NULL,
  times    INTEGER NOT NULL,           -- in a row: each lasts longer
  words    TEXT NOT NULL               -- what the domain said last
) STRICT, WITHOUT ROWID;

-- Mail to one person outside any issue.
CREATE TABLE letters (
  id               INTEGER PRIMARY KEY,
  kind             TEXT NOT NULL,
  dedupe           TEXT UNIQUE,        -- what it answers, where one answer is enough
  subscription_id  INTEGER REFERENCES subscriptions (id),
  address          TEXT NOT NULL,      -- '' once the person is erased
  address_hash     TEXT,               -- what it may be suppressed under; NULL: it goes to ourselves
  language         TEXT NOT NULL,
  message_id       TEXT NOT NULL,
  content          BLOB,               -- the whole message, without signatures; NULL once it has ended
  created_at       TEXT NOT NULL,      -- also its Date
  status           TEXT NOT NULL CHECK (status IN
                   ('planned', 'sending', 'sent', 'deferred', 'failed', 'suppressed', 'expired', 'uncertain')),
  attempts         INTEGER NOT NULL DEFAULT 0,
  fence            INTEGER NOT NULL DEFAULT 0,
  lease_until_at   TEXT,
  not_before_at    TEXT NOT NULL,
  first_attempt_at TEXT,
  key_id           INTEGER,
  ended_at         TEXT,
  phase            TEXT,
  code             INTEGER,
  enhanced         TEXT,
  reply            TEXT
) STRICT;
CREATE INDEX letters_open ON letters (not_before_at, id) WHERE status IN ('planned', 'deferred', 'sending');
CREATE INDEX letters_hash ON letters (address_hash);

-- What an admin was told by mail: that it began, and that it is over.
ALTER TABLE notices ADD COLUMN told_at TEXT;
ALTER TABLE notices ADD COLUMN over_told_at TEXT;
-- What a run has in hand, and what may expire: few rows among a million.
CREATE INDEX deliveries_leased ON deliveries (id) WHERE lease_until_at IS NOT NULL;
CREATE INDEX deliveries_expiring ON deliveries (first_attempt_at, id) WHERE attempts >= 3 AND ended_at IS NULL;
-- An edition that goes asks whether a delivery still refers to it.
CREATE INDEX deliveries_edition ON deliveries (edition_id);

-- What came back: reports whose proof held, each counted once.
CREATE TABLE bounces (
  id              INTEGER PRIMARY KEY,
  mark            TEXT NOT NULL,         -- of the mail it is about and the words it says
  weight          TEXT NOT NULL CHECK (weight IN ('hard', 'soft', 'complaint', 'ours')),
  at              TEXT NOT NULL,
  delivery_id     INTEGER,               -- NULL: of a letter, or told by a subscription only
  subscription_id INTEGER,
  issue_id        INTEGER,
  address_hash    TEXT NOT NULL,         -- whose it was when it came back
  status          TEXT NOT NULL,         -- enhanced code, or ''
  recipient       TEXT NOT NULL,         -- as the report names it, where that is another; '' once erased
  detail          TEXT NOT NULL,
  UNIQUE (mark, weight)
) STRICT;
CREATE INDEX bounces_address ON bounces (address_hash, at);
CREATE INDEX bounces_delivery ON bounces (delivery_id) WHERE delivery_id IS NOT NULL;
