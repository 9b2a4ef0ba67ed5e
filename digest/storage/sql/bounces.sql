-- name: add_bounce(mark, weight, at, delivery_id, subscription_id, issue_id, address_hash, status, recipient, detail)
INSERT INTO bounces
  (mark, weight, at, delivery_id, subscription_id, issue_id, address_hash, status, recipient, detail)
VALUES
  (:mark, :weight, :at, :delivery_id, :subscription_id, :issue_id, :address_hash, :status, :recipient, :detail)
ON CONFLICT (mark, weight) DO NOTHING;

-- name: owner_of_delivery(id)
SELECT d.id AS delivery_id, d.subscription_id, d.issue_id, p.address, p.address_hash
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.id = :id;

-- name: owner_of_letter(id)
SELECT NULL AS delivery_id, subscription_id, NULL AS issue_id, address, address_hash
FROM letters WHERE id = :id AND address_hash IS NOT NULL;

-- name: owner_of_subscription(id)
SELECT NULL AS delivery_id, s.id AS subscription_id, NULL AS issue_id, p.address, p.address_hash
FROM subscriptions s
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.id = :id;

-- name: soft_bounces(address_hash, since, limit)
SELECT at, COALESCE(issue_id, 0) AS issue_id
FROM bounces
WHERE address_hash = :address_hash AND weight = 'soft' AND at >= :since
ORDER BY id DESC
LIMIT :limit;

-- name: last_arrival(address_hash, before)
-- The newest mail that the relay took and that did not come back.
SELECT MAX(d.ended_at)
FROM subscribers p
JOIN subscriptions s ON s.subscriber_id = p.id
JOIN deliveries d ON d.subscription_id = s.id
WHERE p.address_hash = :address_hash AND d.status = 'sent' AND d.ended_at <= :before
  AND NOT EXISTS (SELECT 1 FROM bounces b WHERE b.delivery_id = d.id);

-- name: bounces_lapsed_at(address_hash, now)
SELECT until_at FROM suppressions
WHERE address_hash = :address_hash AND reason IN ('hard', 'soft') AND until_at <= :now;

-- name: bounces_of_address(address_hash, limit)
SELECT mark, weight, at, delivery_id, subscription_id, issue_id, address_hash, status, recipient, detail
FROM bounces WHERE address_hash = :address_hash ORDER BY id DESC LIMIT :limit;

-- name: last_bounce_at()
SELECT MAX(at) FROM bounces;

-- name: forget_bounces(address_hash)
-- Somebody is erased: what other hosts said may hold their address.
UPDATE bounces SET recipient = '', detail = '' WHERE address_hash = :address_hash;

-- name: drop_bounces(before)
DELETE FROM bounces WHERE at < :before;
