-- Levels of buckets, counts of the ramp-up, and domains left alone for a while.

-- name: throttles()
SELECT name, level, at FROM throttles ORDER BY name;

-- name: save_throttle(name, level, at)
INSERT INTO throttles (name, level, at) VALUES (:name, :level, :at)
ON CONFLICT (name) DO UPDATE SET level = excluded.level, at = excluded.at;

-- name: pauses()
SELECT domain, until_at, times, words FROM pauses ORDER BY domain;

-- name: clear_pauses()
DELETE FROM pauses;

-- name: add_pause(domain, until_at, times, words)
INSERT INTO pauses (domain, until_at, times, words) VALUES (:domain, :until_at, :times, :words);

-- name: queue_of_domain(domain, length, now)
-- `domain` with its @ in front, and how long that is.
SELECT COUNT(*)
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.ended_at IS NULL AND d.not_before_at <= :now
  AND LOWER(SUBSTR(p.address, LENGTH(p.address) - CAST(:length AS INTEGER) + 1)) = :domain;
