-- name: standing(address_key, address_hash, now)
-- One look for each line of an import.
SELECT (SELECT p.id FROM subscribers p WHERE p.address_key = :address_key AND p.erased_at IS NULL) AS subscriber_id,
       (SELECT x.reason FROM suppressions x
        WHERE x.address_hash = :address_hash AND (x.until_at IS NULL OR x.until_at > :now)) AS suppressed;

-- name: enrol_subscriber(address, address_key, address_hash, now)
INSERT INTO subscribers (address, address_key, address_hash, created_at)
VALUES (:address, :address_key, :address_hash, :now);

-- name: enrol_subscription(address_key, list_id, consent, cadence, weekday, hour, timezone, language, format, wishes_id, due_at, cursor, undo_cursor, confirmed_at, left_at, now)
INSERT INTO subscriptions
  (subscriber_id, list_id, consent, cadence, weekday, hour, timezone, language, format, wishes_id,
   due_at, cursor, undo_cursor, created_at, confirmed_at, left_at)
VALUES
  ((SELECT p.id FROM subscribers p WHERE p.address_key = :address_key),
   :list_id, :consent, :cadence, :weekday, :hour, :timezone, :language, :format, :wishes_id,
   :due_at, :cursor, :undo_cursor, :now, :confirmed_at, :left_at);

-- name: enrol_consent(address_key, list_id, at, event, method, wording, ip_prefix)
INSERT INTO consents (subscription_id, at, event, method, wording, ip_prefix)
VALUES
  ((SELECT s.id FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
    WHERE p.address_key = :address_key AND s.list_id = :list_id),
   :at, :event, :method, :wording, :ip_prefix);

-- name: search_members(list_id, consent, cadence, text, after_id, limit)
-- `text` is a part of the folded address. REPLACE finds it whatever characters it holds: there is no pattern
-- to escape, and both engines have it.
SELECT s.id, s.subscriber_id, s.list_id, s.consent, s.cadence, s.weekday, s.hour, s.timezone, s.language,
       s.format, s.wishes_id, w.body, s.due_at, s.cursor, s.undo_cursor, s.paused_until, s.on_return,
       s.created_at, s.confirmed_at, s.left_at, p.address, p.created_at AS joined_at
FROM subscriptions s
JOIN wishes w ON w.id = s.wishes_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.id > :after_id
  AND p.erased_at IS NULL
  AND (CAST(:list_id AS BIGINT) IS NULL OR s.list_id = :list_id)
  AND (CAST(:consent AS TEXT) IS NULL OR s.consent = :consent)
  AND (CAST(:cadence AS TEXT) IS NULL OR s.cadence = :cadence)
  AND (CAST(:text AS TEXT) IS NULL OR REPLACE(p.address_key, CAST(:text AS TEXT), '') <> p.address_key)
ORDER BY s.id
LIMIT :limit;

-- name: subscription_has_open(id)
SELECT COUNT(*) FROM deliveries
WHERE subscription_id = :id AND status IN ('planned', 'deferred', 'sending');

-- name: move_subscription(id, list_id, cursor, due_at)
-- What was served stays served: the cursor never moves back.
UPDATE subscriptions
SET list_id = :list_id, undo_cursor = NULL,
    cursor = CASE WHEN confirmed_at IS NULL OR cursor < :cursor THEN :cursor ELSE cursor END,
    due_at = CASE WHEN consent = 'confirmed' THEN CAST(:due_at AS TEXT) END
WHERE id = :id;

-- name: lift_by_consent(subscription_id)
-- They said themselves that they want mail, from a letter that reached them. What a mail server, a complaint
-- or an admin said stays.
DELETE FROM suppressions
WHERE reason IN ('unsubscribed', 'erased', 'soft')
  AND address_hash = (SELECT p.address_hash FROM subscribers p
                      JOIN subscriptions s ON s.subscriber_id = p.id WHERE s.id = :subscription_id);

-- name: letters_to(address_hash)
SELECT kind, created_at, status, ended_at FROM letters WHERE address_hash = :address_hash ORDER BY id;

-- name: erase_subscriber(id, nobody, now)
UPDATE subscribers SET address = '', address_key = :nobody, erased_at = :now
WHERE id = :id AND erased_at IS NULL;

-- name: erase_subscriptions(subscriber_id, now)
-- Every place ends, with nothing to undo.
UPDATE subscriptions
SET consent = 'unsubscribed', due_at = NULL, undo_cursor = NULL, left_at = COALESCE(left_at, :now)
WHERE subscriber_id = :subscriber_id;

-- name: erase_prefixes(subscriber_id)
UPDATE consents SET ip_prefix = ''
WHERE subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = :subscriber_id);

-- name: erase_replies(subscriber_id)
-- Mail servers quote the address they refuse. The code says enough for the sums.
UPDATE deliveries SET reply = NULL
WHERE code IS NOT NULL
  AND subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = :subscriber_id);

-- name: erase_attempts(subscriber_id)
UPDATE attempts SET reply = NULL
WHERE delivery_id IN (SELECT d.id FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id
                      WHERE s.subscriber_id = :subscriber_id);

-- name: erase_letter_replies(address_hash)
UPDATE letters SET reply = NULL WHERE address_hash = :address_hash AND code IS NOT NULL;

-- name: erase_letters_of(subscriber_id, now)
-- Also those to an address they had before. One under way keeps its bytes until its end is known.
UPDATE letters
SET address = '',
    content = CASE WHEN status = 'sending' THEN content ELSE NULL END,
    reply = CASE WHEN status IN ('planned', 'deferred') THEN 'erased' WHEN code IS NULL THEN reply END,
    ended_at = CASE WHEN status IN ('planned', 'deferred') THEN :now ELSE ended_at END,
    lease_until_at = CASE WHEN status IN ('planned', 'deferred') THEN NULL ELSE lease_until_at END,
    fence = CASE WHEN status IN ('planned', 'deferred') THEN fence + 1 ELSE fence END,
    status = CASE WHEN status IN ('planned', 'deferred') THEN 'suppressed' ELSE status END
WHERE subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = :subscriber_id);

-- name: erase_bounces_of(subscriber_id)
UPDATE bounces SET recipient = '', detail = ''
WHERE subscription_id IN (SELECT s.id FROM subscriptions s WHERE s.subscriber_id = :subscriber_id);

-- name: erase_from_pauses(address)
UPDATE pauses SET words = '' WHERE REPLACE(LOWER(words), CAST(:address AS TEXT), '') <> LOWER(words);

-- name: erase_from_notices(address)
UPDATE notices SET words = '' WHERE REPLACE(LOWER(words), CAST(:address AS TEXT), '') <> LOWER(words);

-- name: erase_from_holds(address)
UPDATE holds SET words = '' WHERE REPLACE(LOWER(words), CAST(:address AS TEXT), '') <> LOWER(words);

-- name: erase_suppression(address_hash)
-- The reason stays: an erasure is no way around an admin's word, nor what keeps mail from a stranger.
UPDATE suppressions SET address = NULL, detail = '' WHERE address_hash = :address_hash;
