-- The whole house. Instants are fixed-width ISO-8601 UTC text ('2026-11-22T03:00:00.000000Z'),
-- nights ISO dates, booleans 0/1, lists JSON text that only Python reads.

CREATE TABLE keys (
  id         INTEGER PRIMARY KEY,
  purpose    TEXT NOT NULL CHECK (purpose IN ('token', 'verp', 'form', 'salt')),
  secret     BLOB NOT NULL,
  created_at TEXT NOT NULL,
  retired_at TEXT            -- no longer signs; goes on verifying
) STRICT;

CREATE TABLE nights (
  night       TEXT PRIMARY KEY,
  started_at  TEXT NOT NULL,
  closed_at   TEXT,          -- gathering closed: every waiting entry has its seq
  cut_at      TEXT,          -- every list due was cut
  finished_at TEXT,
  settings    TEXT NOT NULL  -- the settings it ran with, secrets left out
) STRICT;

CREATE TABLE sources (
  id               INTEGER PRIMARY KEY,
  slug             TEXT NOT NULL UNIQUE,
  url              TEXT NOT NULL,  -- what digest.toml says
  address          TEXT NOT NULL,  -- where we fetch: url, or a permanent redirect we came to believe
  title            TEXT,           -- the feed's own
  site_url         TEXT,
  etag             TEXT,
  last_modified    TEXT,
  body_hash        TEXT,
  next_check_at    TEXT,
  checked_at       TEXT,
  succeeded_at     TEXT,
  news_at          TEXT,
  failures         INTEGER NOT NULL DEFAULT 0,
  failing_since_at TEXT,
  error_kind       TEXT,
  error            TEXT,
  move_to          TEXT,           -- a permanent redirect seen, not yet believed
  move_since_at    TEXT,
  move_times       INTEGER NOT NULL DEFAULT 0,
  gone_at          TEXT,
  malformed        INTEGER NOT NULL DEFAULT 0,
  identity         TEXT NOT NULL DEFAULT 'id' CHECK (identity IN ('id', 'link')),
  seeded_at        TEXT,
  retired_at       TEXT
) STRICT;

CREATE TABLE stories (
  id              INTEGER PRIMARY KEY,
  origin_entry_id INTEGER NOT NULL     -- the entry it was copied from
) STRICT;

CREATE TABLE entries (
  id            INTEGER PRIMARY KEY,
  source_id     INTEGER NOT NULL REFERENCES sources (id),
  guid          TEXT NOT NULL,
  title         TEXT NOT NULL,
  link          TEXT,
  link_key      TEXT,                  -- the link normalised, for comparing
  title_key     TEXT NOT NULL,         -- the title folded, for comparing
  content_hash  TEXT NOT NULL,         -- of title and text: tells an edit
  shown_hash    TEXT NOT NULL,         -- of all that is shown: tells any other change
  authors       TEXT NOT NULL DEFAULT '[]',
  summary_html  TEXT NOT NULL DEFAULT '',
  content_html  TEXT NOT NULL DEFAULT '',
  text          TEXT NOT NULL DEFAULT '',
  declared_language TEXT,
  categories    TEXT NOT NULL DEFAULT '[]',
  origin_title  TEXT,
  origin_url    TEXT,
  origin_id     TEXT,
  published_at  TEXT,
  updated_at    TEXT,
  dated_at      TEXT NOT NULL,         -- the label date; never moves
  event_at      TEXT,
  first_seen_at TEXT NOT NULL,
  changed_at    TEXT NOT NULL,
  state         TEXT NOT NULL
                CHECK (state IN ('waiting', 'released', 'seeded', 'quarantined', 'held', 'dropped')),
  reason        TEXT,
  held_until_at TEXT,
  withdrawn_at  TEXT,
  seq           INTEGER UNIQUE,        -- our order of arrival; given once, never taken back
  released_at   TEXT,
  language      TEXT,
  topics        TEXT NOT NULL DEFAULT '[]',   -- [[topic, rule], …] as decided at release
  story_id      INTEGER REFERENCES stories (id),
  UNIQUE (source_id, guid),
  CHECK ((seq IS NULL) = (state <> 'released'))
) STRICT;
CREATE INDEX entries_state ON entries (state, source_id) WHERE state <> 'released';
CREATE INDEX entries_story ON entries (story_id);
CREATE INDEX entries_link_key ON entries (link_key);
CREATE INDEX entries_guid ON entries (guid);

-- Every key an entry was ever known by. Kept for ever: an id that leaves and returns is not new.
CREATE TABLE entry_keys (
  source_id INTEGER NOT NULL REFERENCES sources (id),
  key       TEXT NOT NULL,
  entry_id  INTEGER NOT NULL REFERENCES entries (id),
  PRIMARY KEY (source_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE lists (
  id         INTEGER PRIMARY KEY,
  slug       TEXT NOT NULL UNIQUE,
  title      TEXT NOT NULL,
  retired_at TEXT
) STRICT;

CREATE TABLE subscribers (
  id           INTEGER PRIMARY KEY,
  address      TEXT NOT NULL,
  address_key  TEXT NOT NULL UNIQUE,   -- the address folded: who is the same person
  address_hash TEXT NOT NULL,          -- salted: what suppressions are kept under
  created_at   TEXT NOT NULL,
  erased_at    TEXT
) STRICT;
CREATE INDEX subscribers_hash ON subscribers (address_hash);

CREATE TABLE wishes (
  id   INTEGER PRIMARY KEY,
  body TEXT NOT NULL UNIQUE            -- canonical JSON; equal wishes are one row
) STRICT;

CREATE TABLE subscriptions (
  id            INTEGER PRIMARY KEY,
  subscriber_id INTEGER NOT NULL REFERENCES subscribers (id),
  list_id       INTEGER NOT NULL REFERENCES lists (id),
  consent       TEXT NOT NULL CHECK (consent IN ('unconfirmed', 'confirmed', 'unsubscribed')),
  cadence       TEXT NOT NULL CHECK (cadence IN ('nightly', 'weekly', 'monthly')),
  weekday       TEXT,
  hour          INTEGER CHECK (hour BETWEEN 0 AND 23),
  timezone      TEXT,
  language      TEXT NOT NULL,
  format        TEXT NOT NULL CHECK (format IN ('html', 'text')),
  wishes_id     INTEGER NOT NULL REFERENCES wishes (id),
  due_at        TEXT,                  -- next slot; NULL unless confirmed
  cursor        INTEGER NOT NULL,      -- served up to this seq
  undo_cursor   INTEGER,               -- the cursor before leaving, for an undo within 24 h
  paused_until  TEXT,
  on_return     TEXT NOT NULL DEFAULT 'skip' CHECK (on_return IN ('skip', 'catch-up')),
  created_at    TEXT NOT NULL,
  confirmed_at  TEXT,
  left_at       TEXT,
  UNIQUE (subscriber_id, list_id)
) STRICT;
CREATE INDEX subscriptions_due ON subscriptions (list_id, due_at, id) WHERE consent = 'confirmed';

CREATE TABLE consents (
  id              INTEGER PRIMARY KEY,
  subscription_id INTEGER NOT NULL REFERENCES subscriptions (id),
  at              TEXT NOT NULL,
  event           TEXT NOT NULL,
  method          TEXT NOT NULL,
  wording         TEXT NOT NULL DEFAULT '',
  ip_prefix       TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX consents_subscription ON consents (subscription_id);

CREATE TABLE suppressions (
  address_hash TEXT PRIMARY KEY,
  address      TEXT,
  reason       TEXT NOT NULL CHECK (reason IN ('hard', 'soft', 'complaint', 'unsubscribed', 'erased', 'admin')),
  since_at     TEXT NOT NULL,
  until_at     TEXT,
  detail       TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE issues (
  id         INTEGER PRIMARY KEY,
  list_id    INTEGER NOT NULL REFERENCES lists (id),
  night      TEXT NOT NULL,
  number     INTEGER,                  -- NULL: an extra
  from_seq   INTEGER NOT NULL,         -- news since the last numbered issue: (from_seq, head_seq]
  head_seq   INTEGER NOT NULL,
  cut_at     TEXT NOT NULL,
  planned_at TEXT,                     -- everybody due is planned
  closed_at  TEXT,                     -- nothing open any more
  candidates INTEGER NOT NULL DEFAULT 0,
  UNIQUE (list_id, night),
  UNIQUE (list_id, number)
) STRICT;

-- The issue as archived: its own news in the order of its sections.
CREATE TABLE issue_stories (
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  position INTEGER NOT NULL,
  story_id INTEGER NOT NULL REFERENCES stories (id),
  entry_id INTEGER NOT NULL REFERENCES entries (id),   -- the one shown
  topic    TEXT,                                       -- the topic it stands under
  PRIMARY KEY (issue_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE fragments (
  issue_id   INTEGER NOT NULL REFERENCES issues (id),
  language   TEXT NOT NULL,
  name       TEXT NOT NULL,
  html       BLOB NOT NULL,
  html_slots TEXT NOT NULL,            -- [[offset, slot], …]
  html_size  INTEGER NOT NULL,         -- decoded, without tokens
  text       BLOB NOT NULL,
  text_slots TEXT NOT NULL,
  text_size  INTEGER NOT NULL,
  PRIMARY KEY (issue_id, language, name)
) STRICT;

CREATE TABLE editions (
  id            INTEGER PRIMARY KEY,
  issue_id      INTEGER NOT NULL REFERENCES issues (id),
  key           TEXT NOT NULL,
  language      TEXT NOT NULL,
  format        TEXT NOT NULL,
  subject       TEXT NOT NULL,
  recipe        BLOB NOT NULL,
  stories       TEXT NOT NULL,         -- [story id, …] it serves
  html_bytes    INTEGER NOT NULL,
  message_bytes INTEGER NOT NULL,
  UNIQUE (issue_id, key)
) STRICT;

CREATE TABLE deliveries (
  id               INTEGER PRIMARY KEY,
  issue_id         INTEGER NOT NULL REFERENCES issues (id),
  subscription_id  INTEGER NOT NULL REFERENCES subscriptions (id),
  edition_id       INTEGER NOT NULL REFERENCES editions (id),
  status           TEXT NOT NULL CHECK (status IN
                   ('planned', 'sending', 'sent', 'deferred', 'failed', 'suppressed', 'expired', 'uncertain')),
  attempts         INTEGER NOT NULL DEFAULT 0,
  fence            INTEGER NOT NULL DEFAULT 0,
  lease_until_at   TEXT,
  not_before_at    TEXT NOT NULL,
  first_attempt_at TEXT,
  dated_at         TEXT,
  key_id           INTEGER,
  ended_at         TEXT,
  code             INTEGER,
  enhanced         TEXT,
  reply            TEXT,
  UNIQUE (issue_id, subscription_id)
) STRICT;
CREATE INDEX deliveries_open ON deliveries (not_before_at, id)
  WHERE status IN ('planned', 'deferred', 'sending');
CREATE INDEX deliveries_subscription ON deliveries (subscription_id, id);
-- Who has an open delivery waits; asked for everybody due (people.sql, subscriptions_due).
CREATE INDEX deliveries_waiting ON deliveries (subscription_id) WHERE status IN ('planned', 'deferred', 'sending');

CREATE TABLE attempts (
  id          INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
  fence       INTEGER NOT NULL,
  started_at  TEXT NOT NULL,
  ended_at    TEXT,
  outcome     TEXT,                    -- a status, or 'orphaned'; NULL while it lasts
  phase       TEXT,
  code        INTEGER,
  enhanced    TEXT,
  reply       TEXT
) STRICT;
CREATE INDEX attempts_delivery ON attempts (delivery_id);

-- What an admin must hear of, said once: quarantine, a source down, an unserved slot…
CREATE TABLE notices (
  id        INTEGER PRIMARY KEY,
  at        TEXT NOT NULL,
  kind      TEXT NOT NULL,
  subject   TEXT NOT NULL,             -- the slug, night or list it is about
  words     TEXT NOT NULL,
  settled_at TEXT,
  UNIQUE (kind, subject, at)
) STRICT;
