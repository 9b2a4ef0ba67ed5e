-- name: subscriber_by_id(id)
SELECT id, address, created_at FROM subscribers WHERE id = :id AND erased_at IS NULL;

-- name: subscriber_by_key(address_key)
SELECT id, address, created_at FROM subscribers WHERE address_key = :address_key AND erased_at IS NULL;

-- name: subscriber_hash(id)
SELECT address_hash FROM subscribers WHERE id = :id;

-- name: add_subscriber(address, address_key, address_hash, now)
INSERT INTO subscribers (address, address_key, address_hash, created_at)
VALUES (:address, :address_key, :address_hash, :now)
RETURNING id;

-- name: readdress_subscriber(id, address, address_key, address_hash)
UPDATE subscribers SET address = :address, address_key = :address_key, address_hash = :address_hash
WHERE id = :id AND erased_at IS NULL;

-- name: subscription_by_id(id)
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at, p.address, p.created_at AS joined_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.id = :id;

-- name: subscription_on_list(subscriber_id, list_id)
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
WHERE s.subscriber_id = :subscriber_id AND s.list_id = :list_id;

-- name: subscriptions_of_subscriber(subscriber_id)
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
WHERE s.subscriber_id = :subscriber_id
ORDER BY s.list_id;

-- name: members_of_list(list_id, consent, after_id, limit)
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at, p.address, p.created_at AS joined_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.list_id = :list_id
  AND s.id > :after_id
  AND p.erased_at IS NULL
  AND (CAST(:consent AS TEXT) IS NULL OR s.consent = :consent)
ORDER BY s.id
LIMIT :limit;

-- name: subscriptions_due(list_id, before, issue_id, after_due, after_id, limit)
-- Who has an open delivery waits: the night after its end takes them (design 3.3). So does whose mail of this
-- very issue expired already; so does everybody when tonight's issue was cancelled.
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
WHERE s.consent = 'confirmed'
  AND s.list_id = :list_id
  AND s.due_at < :before
  AND (s.due_at, s.id) > (:after_due, :after_id)
  AND (s.paused_until IS NULL OR s.paused_until < :before)
  AND NOT EXISTS (SELECT 1 FROM deliveries d
                  WHERE d.subscription_id = s.id AND d.ended_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.issue_id = :issue_id AND d.subscription_id = s.id)
  AND NOT EXISTS (SELECT 1 FROM issues i WHERE i.id = :issue_id AND i.cancelled_at IS NOT NULL)
ORDER BY s.due_at, s.id
LIMIT :limit;

-- name: lowest_due_cursor(list_id, before)
SELECT MIN(cursor) FROM subscriptions
WHERE consent = 'confirmed' AND list_id = :list_id AND due_at < :before
  AND (paused_until IS NULL OR paused_until < :before);

-- name: subscriptions_next_due(list_id)
SELECT MIN(CASE WHEN paused_until > due_at THEN paused_until ELSE due_at END) AS next_due
FROM subscriptions
WHERE consent = 'confirmed' AND list_id = :list_id;

-- name: count_consents(list_id)
SELECT s.consent, COUNT(*) AS places
FROM subscriptions s
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.list_id = :list_id AND p.erased_at IS NULL
GROUP BY s.consent
ORDER BY s.consent;

-- name: add_subscription(subscriber_id, list_id, consent, cadence, weekday, hour, timezone, language, format, wishes_id, due_at, cursor, undo_cursor, confirmed_at, left_at, now)
INSERT INTO subscriptions
  (subscriber_id, list_id, consent, cadence, weekday, hour, timezone, language, format, wishes_id,
   due_at, cursor, undo_cursor, created_at, confirmed_at, left_at)
VALUES
  (:subscriber_id, :list_id, :consent, :cadence, :weekday, :hour, :timezone, :language, :format, :wishes_id,
   :due_at, :cursor, :undo_cursor, :now, :confirmed_at, :left_at)
RETURNING id;

-- name: set_place(id, consent, due_at, cursor, undo_cursor, confirmed_at, left_at)
UPDATE subscriptions
SET consent = :consent, due_at = :due_at, cursor = :cursor, undo_cursor = :undo_cursor,
    confirmed_at = :confirmed_at, left_at = :left_at
WHERE id = :id;

-- name: set_terms(id, cadence, weekday, hour, timezone, language, format, wishes_id)
-- Rejoining: a pause of their earlier stay is forgotten.
UPDATE subscriptions
SET cadence = :cadence, weekday = :weekday, hour = :hour, timezone = :timezone, language = :language,
    format = :format, wishes_id = :wishes_id, paused_until = NULL, on_return = 'skip'
WHERE id = :id;

-- name: restart_subscription(id, cursor, due_at)
UPDATE subscriptions
SET due_at = :due_at, cursor = CASE WHEN cursor < :cursor THEN :cursor ELSE cursor END
WHERE id = :id AND consent = 'confirmed';

-- name: set_rhythm(id, cadence, weekday, hour, timezone, due_at)
UPDATE subscriptions
SET cadence = :cadence, weekday = :weekday, hour = :hour, timezone = :timezone,
    due_at = CASE WHEN consent = 'confirmed' THEN CAST(:due_at AS TEXT) END
WHERE id = :id;

-- name: set_wishes(id, wishes_id)
UPDATE subscriptions SET wishes_id = :wishes_id WHERE id = :id;

-- name: set_look(id, language, format)
UPDATE subscriptions SET language = :language, format = :format WHERE id = :id;

-- name: pause_subscription(id, paused_until, on_return)
UPDATE subscriptions SET paused_until = :paused_until, on_return = :on_return WHERE id = :id;

-- name: advance_subscription(id, due_at, cursor, resumed)
-- A cursor that is NULL stays, and none moves back.
UPDATE subscriptions
SET due_at = :due_at,
    cursor = CASE WHEN cursor < COALESCE(CAST(:cursor AS BIGINT), 0) THEN :cursor ELSE cursor END,
    paused_until = CASE WHEN :resumed = 1 THEN NULL ELSE paused_until END
WHERE id = :id AND consent = 'confirmed';

-- name: wishes_by_body(body)
SELECT id FROM wishes WHERE body = :body;

-- name: add_wishes(body)
INSERT INTO wishes (body) VALUES (:body) RETURNING id;

-- name: all_wishes()
SELECT id, body FROM wishes ORDER BY id;

-- name: change_wishes(id, body)
UPDATE wishes SET body = :body WHERE id = :id;

-- name: swap_wishes(old_id, new_id)
UPDATE subscriptions SET wishes_id = :new_id WHERE wishes_id = :old_id;

-- name: drop_wishes(id)
DELETE FROM wishes WHERE id = :id;

-- name: add_consent(subscription_id, at, event, method, wording, ip_prefix)
INSERT INTO consents (subscription_id, at, event, method, wording, ip_prefix)
VALUES (:subscription_id, :at, :event, :method, :wording, :ip_prefix);

-- name: consents_of_subscription(subscription_id)
SELECT subscription_id, at, event, method, wording, ip_prefix
FROM consents WHERE subscription_id = :subscription_id ORDER BY id;

-- name: stories_served(subscription_id, since)
SELECT e.stories
FROM deliveries d
JOIN editions e ON e.id = d.edition_id
WHERE d.subscription_id = :subscription_id AND d.status IN ('sent', 'uncertain') AND d.ended_at >= :since
ORDER BY d.id;

-- name: served_head(subscription_id)
SELECT COALESCE(MAX(i.head_seq), 0) AS head
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
WHERE d.subscription_id = :subscription_id AND d.status IN ('sent', 'uncertain');

-- name: suppress(address_hash, address, reason, since_at, until_at, detail)
-- A complaint or an erasure stays: no bounce that comes later may give it an end.
INSERT INTO suppressions (address_hash, address, reason, since_at, until_at, detail)
VALUES (:address_hash, :address, :reason, :since_at, :until_at, :detail)
ON CONFLICT (address_hash) DO UPDATE
SET address = excluded.address, reason = excluded.reason, since_at = excluded.since_at,
    until_at = excluded.until_at, detail = excluded.detail
WHERE suppressions.reason NOT IN ('complaint', 'erased') OR excluded.reason IN ('complaint', 'erased');

-- name: suppression_in_force(address_hash, now)
SELECT address_hash, address, reason, since_at, until_at, detail
FROM suppressions
WHERE address_hash = :address_hash AND (until_at IS NULL OR until_at > :now);

-- name: suppressions_page(after, limit)
SELECT address_hash, address, reason, since_at, until_at, detail
FROM suppressions WHERE address_hash > :after ORDER BY address_hash LIMIT :limit;

-- name: lift_suppression(address_hash)
DELETE FROM suppressions WHERE address_hash = :address_hash;
