-- name: raise_notice(kind, subject, words, now)
-- Nothing while one of its kind and subject is open. One settled and raised at the same instant is reopened.
INSERT INTO notices (at, kind, subject, words)
SELECT CAST(:now AS TEXT), CAST(:kind AS TEXT), CAST(:subject AS TEXT), CAST(:words AS TEXT)
WHERE NOT EXISTS (
  SELECT 1 FROM notices WHERE kind = :kind AND subject = :subject AND settled_at IS NULL
)
ON CONFLICT (kind, subject, at) DO UPDATE SET words = excluded.words, settled_at = NULL;

-- name: open_notices()
SELECT id, at, kind, subject, words, settled_at
FROM notices
WHERE settled_at IS NULL
ORDER BY at, id;

-- name: settle_notice(kind, subject, now)
UPDATE notices SET settled_at = :now
WHERE kind = :kind AND subject = :subject AND settled_at IS NULL;
