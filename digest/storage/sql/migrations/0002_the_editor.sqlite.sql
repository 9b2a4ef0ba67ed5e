-- The editor's hands: entries pinned to the top or dropped after their release, and notes to readers.

ALTER TABLE entries ADD COLUMN pinned_at TEXT;    -- first in the next numbered issue of each list that carries it
ALTER TABLE entries ADD COLUMN dropped_at TEXT;   -- news, and shown to nobody since; it keeps its seq

ALTER TABLE issue_stories ADD COLUMN pin INTEGER; -- 1, 2, 3: its place at the top; NULL: not pinned

-- What the editor says above an issue. Open until a numbered issue of its list uses it; then kept with it.
CREATE TABLE notes (
  id         INTEGER PRIMARY KEY,
  list_id    INTEGER NOT NULL REFERENCES lists (id),
  language   TEXT NOT NULL,
  markdown   TEXT NOT NULL,            -- as written
  html       TEXT NOT NULL,            -- as shown, cleaned
  text       TEXT NOT NULL,
  created_at TEXT NOT NULL,
  issue_id   INTEGER REFERENCES issues (id),
  UNIQUE (issue_id, language)
) STRICT;
CREATE UNIQUE INDEX notes_open ON notes (list_id, language) WHERE issue_id IS NULL;

-- What came lately, by title: closeness reads thousands of headings a night and none of their texts.
CREATE INDEX entries_heading ON entries (first_seen_at, id, source_id, title_key, state)
  WHERE state IN ('released', 'seeded');
