-- name: known_entries(source_id)
SELECT id, link_key, title_key, content_hash, shown_hash, published_at, updated_at, dated_at, state, withdrawn_at
FROM entries
WHERE source_id = :source_id
ORDER BY id;

-- name: known_keys(source_id)
SELECT entry_id, key FROM entry_keys WHERE source_id = :source_id ORDER BY entry_id, key;

-- name: entry_text(id)
SELECT text FROM entries WHERE id = :id;

-- name: add_entry(source_id, guid, title, link, link_key, title_key, content_hash, shown_hash, authors, summary_html, content_html, text, declared_language, categories, origin_title, origin_url, origin_id, published_at, updated_at, dated_at, event_at, now, state, reason, held_until_at)
-- Nothing when it is there already: a gathering may be stored twice.
INSERT INTO entries (
  source_id, guid, title, link, link_key, title_key, content_hash, shown_hash, authors, summary_html, content_html, text,
  declared_language, categories, origin_title, origin_url, origin_id, published_at, updated_at, dated_at,
  event_at, first_seen_at, changed_at, state, reason, held_until_at
) VALUES (
  :source_id, :guid, :title, :link, :link_key, :title_key, :content_hash, :shown_hash, :authors, :summary_html,
  :content_html, :text, :declared_language, :categories, :origin_title, :origin_url, :origin_id,
  :published_at, :updated_at, :dated_at, :event_at, :now, :now, :state, :reason, :held_until_at
)
ON CONFLICT (source_id, guid) DO NOTHING
RETURNING id;

-- name: add_entry_key(source_id, key, entry_id)
INSERT INTO entry_keys (source_id, key, entry_id) VALUES (:source_id, :key, :entry_id)
ON CONFLICT (source_id, key) DO NOTHING;

-- name: change_entry(id, title, link, link_key, title_key, content_hash, shown_hash, authors, summary_html, content_html, text, declared_language, categories, origin_title, origin_url, origin_id, published_at, updated_at, event_at, held_until_at, edited, now)
-- Label date, state and keys stay. What is held is held until its new date.
UPDATE entries SET
  title = :title, link = :link, link_key = :link_key, title_key = :title_key, content_hash = :content_hash,
  shown_hash = :shown_hash,
  authors = :authors, summary_html = :summary_html, content_html = :content_html, text = :text,
  declared_language = :declared_language, categories = :categories, origin_title = :origin_title,
  origin_url = :origin_url, origin_id = :origin_id, published_at = :published_at, updated_at = :updated_at,
  event_at = CAST(:event_at AS TEXT),
  held_until_at = CASE WHEN state = 'held' THEN CAST(:held_until_at AS TEXT) ELSE held_until_at END,
  changed_at = CASE WHEN CAST(:edited AS INTEGER) = 1 THEN CAST(:now AS TEXT) ELSE changed_at END
WHERE id = :id;

-- name: withdraw_entry(id, now)
UPDATE entries SET withdrawn_at = :now WHERE id = :id AND withdrawn_at IS NULL;

-- name: return_entry(id)
UPDATE entries SET withdrawn_at = NULL WHERE id = :id;

-- name: entry(id)
SELECT * FROM entries WHERE id = :id;

-- name: find_entries(state, source_id, limit)
SELECT * FROM entries
WHERE (CAST(:state AS TEXT) IS NULL OR CASE WHEN dropped_at IS NULL THEN state ELSE 'dropped' END = :state)
  AND (CAST(:source_id AS BIGINT) IS NULL OR source_id = :source_id)
ORDER BY id DESC
LIMIT :limit;

-- name: waiting_entries()
SELECT * FROM entries WHERE state = 'waiting' AND withdrawn_at IS NULL ORDER BY id;

-- name: due_held_entries(now)
-- Also when it has left the feed meanwhile.
SELECT * FROM entries WHERE state = 'held' AND held_until_at <= :now ORDER BY id;

-- name: likeness(id)
SELECT id, source_id, guid, link_key, origin_title, origin_url, origin_id, story_id
FROM entries
WHERE id = :id;

-- name: kin_of(id, limit)
-- Perhaps twins of an arriving entry: its link or guid, in any source, and the others of their stories.
SELECT kin.id, kin.source_id, kin.guid, kin.link_key, kin.origin_title, kin.origin_url, kin.origin_id,
  kin.story_id, kin.seq
FROM entries AS kin
WHERE kin.state IN ('released', 'seeded')
  AND (
    kin.id IN (
      SELECT other.id FROM entries AS other JOIN entries AS this ON other.link_key = this.link_key
      WHERE this.id = :id
      UNION
      SELECT other.id FROM entries AS other JOIN entries AS this ON other.guid = this.guid
      WHERE this.id = :id
    )
    OR kin.story_id IN (
      SELECT other.story_id FROM entries AS other JOIN entries AS this ON other.link_key = this.link_key
      WHERE this.id = :id
      UNION
      SELECT other.story_id FROM entries AS other JOIN entries AS this ON other.guid = this.guid
      WHERE this.id = :id
    )
  )
  AND kin.id <> :id
ORDER BY kin.seq NULLS FIRST, kin.id
LIMIT :limit;

-- name: kin_by(id, limit)
-- An entry that is close to an arriving one, and the others of its story.
SELECT kin.id, kin.source_id, kin.guid, kin.link_key, kin.origin_title, kin.origin_url, kin.origin_id,
  kin.story_id, kin.seq
FROM entries AS kin
WHERE kin.state IN ('released', 'seeded')
  AND (kin.id = :id OR kin.story_id = (SELECT story_id FROM entries WHERE id = :id))
ORDER BY kin.seq NULLS FIRST, kin.id
LIMIT :limit;

-- name: headings(since)
-- Answered from the index entries_heading alone: thousands of rows, none of their texts.
SELECT id, source_id, title_key FROM entries
WHERE state IN ('released', 'seeded') AND first_seen_at >= :since
ORDER BY first_seen_at, id;

-- name: head()
SELECT COALESCE(MAX(seq), 0) FROM entries;

-- name: head_at(at)
SELECT COALESCE(MAX(seq), 0) FROM entries WHERE released_at <= :at;

-- name: open_story(origin_entry_id)
INSERT INTO stories (origin_entry_id) VALUES (:origin_entry_id) RETURNING id;

-- name: turn_story(id, origin_entry_id)
UPDATE stories SET origin_entry_id = :origin_entry_id WHERE id = :id;

-- name: place_entry(id, story_id)
UPDATE entries SET story_id = :story_id WHERE id = :id AND story_id IS NULL;

-- name: release_entry(id, seq, language, topics, now)
UPDATE entries SET
  state = 'released', seq = :seq, language = :language, topics = :topics, released_at = :now,
  held_until_at = NULL, reason = NULL
WHERE id = :id AND state IN ('waiting', 'held');

-- name: unquarantine_entry(id)
-- An admin may also let out what is held or kept out.
UPDATE entries SET state = 'waiting', reason = NULL, held_until_at = NULL, withdrawn_at = NULL
WHERE id = :id AND state IN ('quarantined', 'held', 'dropped');

-- name: drop_entry(id, reason)
UPDATE entries SET state = 'dropped', reason = :reason, pinned_at = NULL
WHERE id = :id AND state IN ('waiting', 'quarantined', 'held');

-- name: drop_news(id, reason, now)
-- It keeps its seq: nobody's place moves.
UPDATE entries SET dropped_at = :now, reason = :reason, pinned_at = NULL
WHERE id = :id AND state = 'released' AND dropped_at IS NULL;

-- name: take_back_drop(id)
UPDATE entries SET dropped_at = NULL, reason = NULL
WHERE id = :id AND state = 'released' AND dropped_at IS NOT NULL;

-- name: pin_entry(id, now)
UPDATE entries SET pinned_at = :now
WHERE id = :id AND state IN ('waiting', 'released') AND pinned_at IS NULL AND dropped_at IS NULL;

-- name: unpin_entry(id)
UPDATE entries SET pinned_at = NULL WHERE id = :id AND pinned_at IS NOT NULL;

-- name: pinned_entries(after)
SELECT * FROM entries
WHERE pinned_at IS NOT NULL AND dropped_at IS NULL AND (state = 'waiting' OR seq > :after)
ORDER BY pinned_at, id;

-- name: settle_quarantines(now)
-- A notice is over with the last entry that it is about.
UPDATE notices SET settled_at = :now
WHERE kind = 'quarantine' AND settled_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM entries JOIN sources ON sources.id = entries.source_id
    WHERE entries.state = 'quarantined' AND sources.slug = notices.subject
  );

-- name: stories_between(low, high)
-- Stories with an arrival in (low, high] that is still in its feed and not dropped, with all their arrivals up
-- to high. One that holds a seeded entry counts as served for everybody (design §3.1).
SELECT entries.*, stories.origin_entry_id
FROM entries JOIN stories ON stories.id = entries.story_id
WHERE entries.state = 'released' AND entries.seq <= :high
  AND entries.story_id IN (
    SELECT story_id FROM entries
    WHERE seq > :low AND seq <= :high AND withdrawn_at IS NULL AND dropped_at IS NULL
  )
  AND NOT EXISTS (
    SELECT 1 FROM entries AS other WHERE other.story_id = entries.story_id AND other.state = 'seeded'
  )
ORDER BY entries.seq;

-- name: story_entries(story_id)
SELECT entries.*, stories.origin_entry_id
FROM entries JOIN stories ON stories.id = entries.story_id
WHERE entries.state = 'released' AND entries.story_id = :story_id
ORDER BY entries.seq;

-- name: shown_stories()
-- The planet's stories, a line each, the newest first. Of one date the later arrival comes first: a feed's
-- entries arrive oldest first, so they stand as their publisher put them.
SELECT shown.story_id, shown.id AS entry_id, shown.source_id, shown.dated_at, shown.topics
FROM entries AS shown
JOIN stories ON stories.id = shown.story_id
JOIN sources ON sources.id = shown.source_id
WHERE shown.state = 'released' AND shown.withdrawn_at IS NULL AND shown.dropped_at IS NULL
  AND sources.retired_at IS NULL
  AND NOT EXISTS (
    SELECT 1
    FROM entries AS other JOIN sources AS others ON others.id = other.source_id
    WHERE other.story_id = shown.story_id AND other.id <> shown.id
      AND other.state = 'released' AND other.withdrawn_at IS NULL AND other.dropped_at IS NULL
      AND others.retired_at IS NULL
      AND (
        other.id = stories.origin_entry_id
        OR (shown.id <> stories.origin_entry_id AND other.seq < shown.seq)
      )
  )
ORDER BY shown.dated_at DESC, shown.seq DESC, shown.id;
