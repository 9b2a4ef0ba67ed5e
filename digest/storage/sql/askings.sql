-- name: askings_asked(subscription_id, now)
INSERT INTO askings (subscription_id, asked_at) VALUES (:subscription_id, :now)
ON CONFLICT (subscription_id) DO UPDATE SET asked_at = excluded.asked_at;

-- name: askings_reminded(subscription_id, now)
UPDATE askings SET reminded_at = :now WHERE subscription_id = :subscription_id;

-- name: askings_answered(subscription_id)
DELETE FROM askings WHERE subscription_id = :subscription_id;

-- name: askings_waiting(before, after_id, limit)
SELECT subscription_id, asked_at, reminded_at
FROM askings
WHERE asked_at <= :before AND subscription_id > :after_id
ORDER BY subscription_id
LIMIT :limit;

-- name: askings_place(id)
-- Whether anything but the wish to join is known of a place.
SELECT s.consent, s.subscriber_id, p.address_hash,
       CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.subscription_id = s.id)
              OR EXISTS (SELECT 1 FROM consents c WHERE c.subscription_id = s.id AND c.event <> 'asked')
            THEN 1 ELSE 0 END AS has_lived,
       CASE WHEN EXISTS (SELECT 1 FROM subscriptions o WHERE o.subscriber_id = s.subscriber_id AND o.id <> s.id)
            THEN 1 ELSE 0 END AS has_others
FROM subscriptions s
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.id = :id;

-- name: askings_lapse(id, now)
UPDATE subscriptions SET consent = 'unsubscribed', due_at = NULL, left_at = :now
WHERE id = :id AND consent = 'unconfirmed';

-- name: askings_drop_letters(id)
-- Their rows stay for the sums, and name no place.
UPDATE letters SET subscription_id = NULL WHERE subscription_id = :id;

-- name: askings_drop_proof(id)
DELETE FROM consents WHERE subscription_id = :id;

-- name: askings_drop_place(id)
DELETE FROM subscriptions WHERE id = :id;

-- name: askings_drop_person(id)
DELETE FROM subscribers WHERE id = :id;

-- name: askings_forget_person(subscriber_id)
DELETE FROM askings
WHERE subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = :subscriber_id);
