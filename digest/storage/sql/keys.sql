-- name: signing_key(purpose)
SELECT id, purpose, secret, created_at, retired_at
FROM keys
WHERE purpose = :purpose AND retired_at IS NULL
ORDER BY created_at DESC, id DESC
LIMIT 1;

-- name: keys_of(purpose)
SELECT id, purpose, secret, created_at, retired_at
FROM keys
WHERE purpose = :purpose
ORDER BY created_at DESC, id DESC;

-- name: add_key(purpose, secret, now)
INSERT INTO keys (purpose, secret, created_at)
VALUES (:purpose, :secret, :now)
RETURNING id, purpose, secret, created_at, retired_at;

-- name: retire_key(id, now)
UPDATE keys SET retired_at = COALESCE(retired_at, :now) WHERE id = :id;
