-- name: add_issue(list_id, night, number, from_seq, head_seq, cut_at)
INSERT INTO issues (list_id, night, number, from_seq, head_seq, cut_at)
VALUES (:list_id, :night, :number, :from_seq, :head_seq, :cut_at)
RETURNING id;

-- name: add_issue_story(issue_id, position, story_id, entry_id, topic, pin)
INSERT INTO issue_stories (issue_id, position, story_id, entry_id, topic, pin)
VALUES (:issue_id, :position, :story_id, :entry_id, :topic, :pin);

-- name: add_fragment(issue_id, language, name, html, html_slots, html_size, text, text_slots, text_size)
INSERT INTO fragments (issue_id, language, name, html, html_slots, html_size, text, text_slots, text_size)
VALUES (:issue_id, :language, :name, :html, :html_slots, :html_size, :text, :text_slots, :text_size);

-- name: issue(id)
SELECT id, list_id, night, number, from_seq, head_seq, cut_at, planned_at, closed_at, candidates
FROM issues
WHERE id = :id;

-- name: issue_by_night(list_id, night)
SELECT id, list_id, night, number, from_seq, head_seq, cut_at, planned_at, closed_at, candidates
FROM issues
WHERE list_id = :list_id AND night = :night;

-- name: last_numbered_issue(list_id)
SELECT id, list_id, night, number, from_seq, head_seq, cut_at, planned_at, closed_at, candidates
FROM issues
WHERE list_id = :list_id AND number IS NOT NULL
ORDER BY number DESC
LIMIT 1;

-- name: issues(list_id, limit)
SELECT id, list_id, night, number, from_seq, head_seq, cut_at, planned_at, closed_at, candidates
FROM issues
WHERE CAST(:list_id AS BIGINT) IS NULL OR list_id = :list_id
ORDER BY night DESC, id DESC
LIMIT :limit;

-- name: fragments(issue_id, language)
SELECT name, html, html_slots, html_size, text, text_slots, text_size
FROM fragments
WHERE issue_id = :issue_id AND language = :language
ORDER BY name;

-- name: issue_languages(issue_id)
SELECT DISTINCT language FROM fragments WHERE issue_id = :issue_id ORDER BY language;

-- name: issue_stories(issue_id)
SELECT story_id, entry_id, topic, pin FROM issue_stories WHERE issue_id = :issue_id ORDER BY position;

-- name: issues_of_story(story_id)
SELECT id, list_id, night, number, from_seq, head_seq, cut_at, planned_at, closed_at, candidates
FROM issues
WHERE id IN (SELECT issue_id FROM issue_stories WHERE story_id = :story_id)
ORDER BY night, id;

-- name: add_edition(issue_id, key, language, format, subject, recipe, stories, html_bytes, message_bytes)
-- The stored one wins; writing its own key back makes RETURNING name it.
INSERT INTO editions (issue_id, key, language, format, subject, recipe, stories, html_bytes, message_bytes)
VALUES (:issue_id, :key, :language, :format, :subject, :recipe, :stories, :html_bytes, :message_bytes)
ON CONFLICT (issue_id, key) DO UPDATE SET key = excluded.key
RETURNING id;

-- name: edition(id)
SELECT id, issue_id, key, language, format, subject, recipe, stories, html_bytes, message_bytes
FROM editions
WHERE id = :id;

-- name: editions(issue_id)
SELECT id, issue_id, key, language, format, subject, recipe, stories, html_bytes, message_bytes
FROM editions
WHERE issue_id = :issue_id
ORDER BY id;

-- name: count_editions(issue_id)
SELECT COUNT(*) FROM editions WHERE issue_id = :issue_id;

-- name: mark_issue_planned(id, now)
UPDATE issues SET planned_at = COALESCE(planned_at, :now) WHERE id = :id;

-- name: mark_past_issues_planned(night, now)
-- Who was still due when their night died is planned into a later issue.
UPDATE issues SET planned_at = :now WHERE planned_at IS NULL AND night < :night;

-- name: finished_issues()
-- Everybody due is planned, and nobody's delivery is open.
SELECT id
FROM issues
WHERE planned_at IS NOT NULL AND closed_at IS NULL
  AND NOT EXISTS (
    SELECT 1 FROM deliveries d
    WHERE d.issue_id = issues.id AND d.status IN ('planned', 'deferred', 'sending', 'uncertain')
  )
ORDER BY id;

-- name: close_issue(id, now)
UPDATE issues SET closed_at = :now WHERE id = :id;

-- name: reopen_issue(id)
UPDATE issues SET closed_at = NULL WHERE id = :id;

-- name: drop_spent_fragments()
-- A closed issue keeps them while it is its list's newest and somebody's mail failed: it may be tried again.
DELETE FROM fragments
WHERE issue_id IN (
  SELECT i.id FROM issues i
  WHERE i.closed_at IS NOT NULL AND i.id IN (SELECT f.issue_id FROM fragments f)
    AND (EXISTS (SELECT 1 FROM issues n WHERE n.list_id = i.list_id AND n.night > i.night)
         OR NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.issue_id = i.id AND d.status = 'failed')));
