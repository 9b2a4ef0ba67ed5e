-- name: tickets_end(subscriber_id, subscription_id, purpose, now)
UPDATE tickets SET expires_at = :now
WHERE subscriber_id = :subscriber_id AND purpose = :purpose AND used_at IS NULL AND expires_at > :now
  AND COALESCE(subscription_id, 0) = COALESCE(CAST(:subscription_id AS BIGINT), 0);

-- name: tickets_add(hash, purpose, subscriber_id, subscription_id, detail, created_at, expires_at)
INSERT INTO tickets (hash, purpose, subscriber_id, subscription_id, detail, created_at, expires_at)
VALUES (:hash, :purpose, :subscriber_id, :subscription_id, :detail, :created_at, :expires_at);

-- name: tickets_look(hash, purpose)
SELECT hash, purpose, subscriber_id, subscription_id, detail, created_at, expires_at, used_at
FROM tickets WHERE hash = :hash AND purpose = :purpose;

-- name: tickets_use(hash, purpose, now)
UPDATE tickets SET used_at = :now
WHERE hash = :hash AND purpose = :purpose AND used_at IS NULL AND expires_at > :now;

-- name: tickets_forget_before(since)
DELETE FROM tickets WHERE expires_at < :since;

-- name: tickets_forget_person(subscriber_id)
DELETE FROM tickets WHERE subscriber_id = :subscriber_id;

-- name: tickets_forget_place(subscription_id)
DELETE FROM tickets WHERE subscription_id = :subscription_id;
