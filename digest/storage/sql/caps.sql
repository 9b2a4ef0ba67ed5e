-- name: caps_count(name)
SELECT n, since_at FROM caps WHERE name = :name;

-- name: caps_set(name, n, since_at)
INSERT INTO caps (name, n, since_at) VALUES (:name, :n, :since_at)
ON CONFLICT (name) DO UPDATE SET n = excluded.n, since_at = excluded.since_at;

-- name: caps_forget(name)
DELETE FROM caps WHERE name = :name;

-- name: caps_forget_before(since)
-- What counts for ever is named so (subscribers.caps.unanswered).
DELETE FROM caps WHERE since_at < :since AND substr(name, 1, 11) <> 'unanswered:';
