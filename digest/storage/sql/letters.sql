-- Letters: the machine of deliveries for mail outside any issue. What stands in `content` is wiped with
-- the end. "Open" is written twice where it narrows, as in deliveries.sql.

-- name: letters_post(kind, dedupe, subscription_id, address, address_hash, language, message_id, content, created_at)
INSERT INTO letters (kind, dedupe, subscription_id, address, address_hash, language, message_id, content,
                     created_at, status, not_before_at)
VALUES (:kind, :dedupe, :subscription_id, :address, :address_hash, :language, :message_id, :content,
        :created_at, 'planned', :created_at)
ON CONFLICT (dedupe) DO NOTHING
RETURNING id;

-- name: letters_known(dedupe)
SELECT id FROM letters WHERE dedupe = :dedupe;

-- name: letters_claimable(now, address, limit)
SELECT l.id, l.kind, l.address, l.language, l.subscription_id, l.content, l.attempts, l.fence, l.created_at,
       l.key_id, CASE WHEN l.address = '' THEN 'erased' ELSE x.reason END AS barred
FROM letters l
LEFT JOIN suppressions x ON x.address_hash = l.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
  AND (x.reason IN ('hard', 'complaint', 'admin')
       OR x.reason = 'erased' AND l.kind NOT IN ('confirm', 'reminder', 'goodbye'))
WHERE l.status IN ('planned', 'deferred', 'sending') AND l.status <> 'sending'
  AND l.not_before_at <= :now
  AND (l.lease_until_at IS NULL OR l.lease_until_at <= :now)
  AND (CAST(:address AS TEXT) IS NULL OR l.address = :address)
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything')
ORDER BY l.not_before_at, l.id
LIMIT :limit;

-- name: letters_lease(id, lease_until_at)
UPDATE letters SET fence = fence + 1, lease_until_at = :lease_until_at WHERE id = :id;

-- name: letters_last_look(id, fence, now)
-- No row: the lease is lost, or the letter has ended.
SELECT l.attempts, CASE WHEN l.address = '' THEN 'erased' ELSE x.reason END AS barred
FROM letters l
LEFT JOIN suppressions x ON x.address_hash = l.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
  AND (x.reason IN ('hard', 'complaint', 'admin')
       OR x.reason = 'erased' AND l.kind NOT IN ('confirm', 'reminder', 'goodbye'))
WHERE l.id = :id AND l.fence = :fence AND l.status IN ('planned', 'deferred');

-- name: letters_begin(id, fence, now, key_id)
UPDATE letters
SET status = 'sending', attempts = attempts + 1,
    key_id = CASE WHEN first_attempt_at IS NULL THEN :key_id ELSE key_id END,
    first_attempt_at = COALESCE(first_attempt_at, :now)
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: letters_suppress(id, fence, now, reply)
UPDATE letters
SET status = 'suppressed', reply = :reply, ended_at = :now, lease_until_at = NULL, content = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: letters_finish(id, fence, now, status, not_before_at, ended_at, key_id, phase, code, enhanced, reply)
-- A try refused before `begin` counts here; one that was begun has been counted.
UPDATE letters
SET attempts = attempts + CASE WHEN status = 'sending' THEN 0 ELSE 1 END,
    status = :status, not_before_at = COALESCE(:not_before_at, not_before_at), ended_at = :ended_at,
    key_id = CASE WHEN first_attempt_at IS NULL THEN :key_id ELSE key_id END,
    first_attempt_at = COALESCE(first_attempt_at, :now),
    content = CASE WHEN CAST(:ended_at AS TEXT) IS NULL THEN content ELSE NULL END,
    phase = :phase, code = :code, enhanced = :enhanced, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred', 'sending');

-- name: letters_suppress_address(id, now, until_at, reason, detail)
-- What is already there for good stays; one that lifts by itself gives way. Never what goes to ourselves.
INSERT INTO suppressions (address_hash, address, reason, since_at, until_at, detail)
SELECT l.address_hash, l.address, :reason, :now, :until_at, :detail
FROM letters l
WHERE l.id = :id AND l.address_hash IS NOT NULL
ON CONFLICT (address_hash) DO UPDATE
SET address = excluded.address, reason = excluded.reason, since_at = excluded.since_at, until_at = excluded.until_at,
    detail = excluded.detail
WHERE suppressions.until_at IS NOT NULL;

-- name: letters_postpone(id, fence, not_before_at, reply)
UPDATE letters SET status = 'deferred', not_before_at = :not_before_at, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: letters_give_back(id, fence)
UPDATE letters SET lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: letters_lapse()
UPDATE letters SET lease_until_at = NULL, fence = fence + 1
WHERE status IN ('planned', 'deferred', 'sending') AND status <> 'sending' AND lease_until_at IS NOT NULL;

-- name: letters_resend_orphans(now, reply)
UPDATE letters
SET status = 'deferred', not_before_at = :now, lease_until_at = NULL, fence = fence + 1,
    phase = NULL, code = NULL, enhanced = NULL, reply = :reply
WHERE status IN ('planned', 'deferred', 'sending') AND status = 'sending';

-- name: letters_hold_orphans(now, reply)
UPDATE letters
SET status = 'uncertain', ended_at = :now, lease_until_at = NULL, fence = fence + 1, content = NULL,
    phase = NULL, code = NULL, enhanced = NULL, reply = :reply
WHERE status IN ('planned', 'deferred', 'sending') AND status = 'sending';

-- name: letters_expire(now, first_before)
-- The last reply stays: it says why. The fence goes up: a holder whose lease ran out is too late.
UPDATE letters
SET status = 'expired', ended_at = :now, lease_until_at = NULL, fence = fence + 1, content = NULL
WHERE status IN ('planned', 'deferred', 'sending') AND status <> 'sending'
  AND first_attempt_at <= :first_before AND attempts >= 3
  AND (lease_until_at IS NULL OR lease_until_at <= :now);

-- name: letters_open_count()
SELECT COUNT(*) FROM letters WHERE status IN ('planned', 'deferred', 'sending');

-- name: letters_due_count(now)
SELECT COUNT(*) FROM letters
WHERE status IN ('planned', 'deferred', 'sending') AND not_before_at <= :now
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything');

-- name: letters_next_attempt_at()
SELECT MIN(not_before_at) FROM letters
WHERE status IN ('planned', 'deferred', 'sending')
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything');

-- name: letters_forget_open(address_hash, now)
UPDATE letters
SET status = 'suppressed', reply = 'erased', ended_at = :now, lease_until_at = NULL, fence = fence + 1
WHERE address_hash = :address_hash AND status IN ('planned', 'deferred');

-- name: letters_forget(address_hash)
-- One that is under way keeps its bytes until its end is known, and is barred from another try.
UPDATE letters SET address = '', content = CASE WHEN status = 'sending' THEN content ELSE NULL END
WHERE address_hash = :address_hash;

-- name: letters_retain(since)
DELETE FROM letters WHERE ended_at < :since;

-- name: letters_forget_goodbyes()
-- The last letter to somebody who was erased: when it has ended, its address goes too.
UPDATE letters SET address = '' WHERE kind = 'goodbye' AND address <> '' AND ended_at IS NOT NULL;
