-- name: raise_notice(kind, subject, words, now)
-- Nothing while one of its kind and subject is open. One settled and raised at the same instant is reopened.
INSERT INTO notices (at, kind, subject, words)
SELECT CAST(:now AS TEXT), CAST(:kind AS TEXT), CAST(:subject AS TEXT), CAST(:words AS TEXT)
WHERE NOT EXISTS (
  SELECT 1 FROM notices WHERE kind = :kind AND subject = :subject AND settled_at IS NULL
)
ON CONFLICT (kind, subject, at) DO UPDATE
SET words = excluded.words, settled_at = NULL, told_at = NULL, over_told_at = NULL;

-- name: open_notices()
SELECT id, at, kind, subject, words, settled_at
FROM notices
WHERE settled_at IS NULL
ORDER BY at, id;

-- name: settle_notice(kind, subject, now)
UPDATE notices SET settled_at = :now
WHERE kind = :kind AND subject = :subject AND settled_at IS NULL;

-- name: untold_notices()
-- Open, and not yet in a letter.
SELECT id, at, kind, subject, words, settled_at
FROM notices
WHERE settled_at IS NULL AND told_at IS NULL
ORDER BY at, id;

-- name: over_notices()
-- What a letter told, settled since, and no letter has said so.
SELECT id, at, kind, subject, words, settled_at
FROM notices
WHERE settled_at IS NOT NULL AND told_at IS NOT NULL AND over_told_at IS NULL
ORDER BY at, id;

-- name: tell_notice(id, now)
UPDATE notices
SET told_at = COALESCE(told_at, :now),
    over_told_at = CASE WHEN settled_at IS NULL THEN over_told_at ELSE :now END
WHERE id = :id;
