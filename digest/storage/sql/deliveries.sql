-- The ledger. "Open" is written twice where it narrows: the first form is what the partial index
-- deliveries_open stands on, the second what the statement means.

-- name: deliveries_plan(issue_id, subscription_id, edition_id, not_before_at)
INSERT INTO deliveries (issue_id, subscription_id, edition_id, status, not_before_at)
VALUES (:issue_id, :subscription_id, :edition_id, 'planned', :not_before_at)
ON CONFLICT (issue_id, subscription_id) DO NOTHING;

-- name: deliveries_candidates(issue_id)
SELECT candidates FROM issues WHERE id = :issue_id;

-- name: deliveries_count_candidates(issue_id)
UPDATE issues SET candidates = (SELECT COUNT(*) FROM deliveries WHERE issue_id = :issue_id)
WHERE id = :issue_id;

-- name: deliveries_claimable(now, issue_id, limit)
-- Safe because the claim runs in BEGIN IMMEDIATE; PostgreSQL's override locks the rows instead.
SELECT d.id, d.issue_id, d.subscription_id, d.edition_id, d.status, d.attempts, d.fence, d.lease_until_at,
       d.not_before_at, d.first_attempt_at, d.dated_at, d.key_id, d.ended_at, d.code, d.enhanced, d.reply,
       p.address, l.slug AS list, i.night, i.number, e.language,
       CASE WHEN s.consent <> 'confirmed' THEN s.consent
            WHEN p.erased_at IS NOT NULL THEN 'erased'
            ELSE x.reason END AS barred
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
JOIN lists l ON l.id = i.list_id
JOIN editions e ON e.id = d.edition_id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
LEFT JOIN suppressions x ON x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
WHERE d.status IN ('planned', 'deferred', 'sending') AND d.status <> 'sending'
  AND d.not_before_at <= :now
  AND (d.lease_until_at IS NULL OR d.lease_until_at <= :now)
  AND (CAST(:issue_id AS BIGINT) IS NULL OR d.issue_id = :issue_id)
ORDER BY d.not_before_at, d.id
LIMIT :limit;

-- name: deliveries_lease(id, lease_until_at)
UPDATE deliveries SET fence = fence + 1, lease_until_at = :lease_until_at WHERE id = :id;

-- name: deliveries_last_look(id, fence, now)
-- No row: the lease is lost, or the delivery has ended.
SELECT d.attempts,
       CASE WHEN s.consent <> 'confirmed' THEN s.consent
            WHEN p.erased_at IS NOT NULL THEN 'erased'
            ELSE x.reason END AS barred
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
LEFT JOIN suppressions x ON x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
WHERE d.id = :id AND d.fence = :fence AND d.status IN ('planned', 'deferred');

-- name: deliveries_begin(id, fence, now, dated_at, key_id)
UPDATE deliveries
SET status = 'sending', attempts = attempts + 1,
    first_attempt_at = COALESCE(first_attempt_at, :now),
    key_id = CASE WHEN dated_at IS NULL THEN :key_id ELSE key_id END,
    dated_at = COALESCE(dated_at, :dated_at)
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: attempts_open(id, fence, now)
INSERT INTO attempts (delivery_id, fence, started_at) VALUES (:id, :fence, :now);

-- name: deliveries_suppress(id, fence, now, reply)
UPDATE deliveries SET status = 'suppressed', reply = :reply, ended_at = :now, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: deliveries_finish(id, fence, now, status, not_before_at, ended_at, dated_at, key_id, code, enhanced, reply)
-- A try refused before `begin` counts here; one that was begun has been counted.
UPDATE deliveries
SET attempts = attempts + CASE WHEN status = 'sending' THEN 0 ELSE 1 END,
    status = :status, not_before_at = COALESCE(:not_before_at, not_before_at), ended_at = :ended_at,
    first_attempt_at = COALESCE(first_attempt_at, :now),
    key_id = CASE WHEN dated_at IS NULL THEN :key_id ELSE key_id END,
    dated_at = COALESCE(dated_at, :dated_at),
    code = :code, enhanced = :enhanced, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred', 'sending');

-- name: attempts_close(id, fence, now, outcome, phase, code, enhanced, reply)
UPDATE attempts
SET ended_at = :now, outcome = :outcome, phase = :phase, code = :code, enhanced = :enhanced, reply = :reply
WHERE delivery_id = :id AND fence = :fence AND ended_at IS NULL;

-- name: attempts_refused(id, fence, now, outcome, phase, code, enhanced, reply)
INSERT INTO attempts (delivery_id, fence, started_at, ended_at, outcome, phase, code, enhanced, reply)
VALUES (:id, :fence, :now, :now, :outcome, :phase, :code, :enhanced, :reply);

-- name: deliveries_move_cursor(id)
-- Served up to the issue's head (design §3.3); never back.
UPDATE subscriptions
SET cursor = (SELECT i.head_seq FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE d.id = :id)
WHERE id = (SELECT d.subscription_id FROM deliveries d WHERE d.id = :id)
  AND cursor < (SELECT i.head_seq FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE d.id = :id);

-- name: deliveries_make_due(id, now)
UPDATE subscriptions SET due_at = :now
WHERE consent = 'confirmed' AND id = (SELECT d.subscription_id FROM deliveries d WHERE d.id = :id);

-- name: deliveries_suppress_address(id, now, reason, detail)
-- What is already there for good stays; one that lifts by itself gives way.
INSERT INTO suppressions (address_hash, address, reason, since_at, until_at, detail)
SELECT p.address_hash, p.address, :reason, :now, NULL, :detail
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.id = :id
ON CONFLICT (address_hash) DO UPDATE
SET address = excluded.address, reason = excluded.reason, since_at = excluded.since_at, until_at = NULL,
    detail = excluded.detail
WHERE suppressions.until_at IS NOT NULL;

-- name: deliveries_postpone(id, fence, not_before_at, reply)
UPDATE deliveries SET status = 'deferred', not_before_at = :not_before_at, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: deliveries_give_back(id, fence)
UPDATE deliveries SET lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred');

-- name: deliveries_lapse()
UPDATE deliveries SET lease_until_at = NULL, fence = fence + 1
WHERE status IN ('planned', 'deferred', 'sending') AND status <> 'sending' AND lease_until_at IS NOT NULL;

-- name: attempts_orphan(now)
UPDATE attempts SET ended_at = :now, outcome = 'orphaned'
WHERE ended_at IS NULL AND delivery_id IN
  (SELECT id FROM deliveries WHERE status IN ('planned', 'deferred', 'sending') AND status = 'sending');

-- name: deliveries_resend_orphans(now, reply)
UPDATE deliveries
SET status = 'deferred', not_before_at = :now, lease_until_at = NULL, fence = fence + 1,
    code = NULL, enhanced = NULL, reply = :reply
WHERE status IN ('planned', 'deferred', 'sending') AND status = 'sending';

-- name: deliveries_move_cursors_of_orphans()
UPDATE subscriptions
SET cursor = (SELECT MAX(i.head_seq) FROM deliveries d JOIN issues i ON i.id = d.issue_id
              WHERE d.subscription_id = subscriptions.id AND d.status = 'sending')
WHERE id IN (SELECT d.subscription_id FROM deliveries d JOIN issues i ON i.id = d.issue_id
             WHERE d.status IN ('planned', 'deferred', 'sending') AND d.status = 'sending'
               AND i.head_seq > (SELECT s.cursor FROM subscriptions s WHERE s.id = d.subscription_id));

-- name: deliveries_hold_orphans(now, reply)
UPDATE deliveries
SET status = 'uncertain', ended_at = :now, lease_until_at = NULL, fence = fence + 1,
    code = NULL, enhanced = NULL, reply = :reply
WHERE status IN ('planned', 'deferred', 'sending') AND status = 'sending';

-- name: deliveries_drop_uncertain(now)
UPDATE deliveries SET status = 'failed', ended_at = :now WHERE status = 'uncertain';

-- name: deliveries_reopen_issues()
UPDATE issues SET closed_at = NULL
WHERE closed_at IS NOT NULL AND id IN (SELECT issue_id FROM deliveries WHERE status = 'uncertain');

-- name: deliveries_resume_uncertain(now)
UPDATE deliveries SET status = 'deferred', not_before_at = :now, ended_at = NULL, fence = fence + 1
WHERE status = 'uncertain';

-- name: deliveries_make_expiring_due(now, first_before)
UPDATE subscriptions SET due_at = :now
WHERE consent = 'confirmed' AND id IN
  (SELECT subscription_id FROM deliveries
   WHERE status IN ('planned', 'deferred', 'sending') AND status <> 'sending'
     AND first_attempt_at <= :first_before AND attempts >= 3
     AND (lease_until_at IS NULL OR lease_until_at <= :now));

-- name: deliveries_expire(now, first_before)
-- The last reply stays: it says why. The fence goes up: a holder whose lease ran out is too late.
UPDATE deliveries SET status = 'expired', ended_at = :now, lease_until_at = NULL, fence = fence + 1
WHERE status IN ('planned', 'deferred', 'sending') AND status <> 'sending'
  AND first_attempt_at <= :first_before AND attempts >= 3
  AND (lease_until_at IS NULL OR lease_until_at <= :now);

-- name: deliveries_tally(issue_id)
SELECT status, COUNT(*) AS n FROM deliveries WHERE issue_id = :issue_id GROUP BY status ORDER BY status;

-- name: deliveries_tally_night(night)
SELECT d.status, COUNT(*) AS n FROM deliveries d JOIN issues i ON i.id = d.issue_id
WHERE i.night = :night GROUP BY d.status ORDER BY d.status;

-- name: deliveries_open_count()
SELECT COUNT(*) FROM deliveries WHERE status IN ('planned', 'deferred', 'sending');

-- name: deliveries_due_count(now)
SELECT COUNT(*) FROM deliveries
WHERE status IN ('planned', 'deferred', 'sending') AND not_before_at <= :now;

-- name: deliveries_tried_count()
SELECT COUNT(*) FROM deliveries WHERE status IN ('planned', 'deferred', 'sending') AND attempts > 0;

-- name: deliveries_next_attempt_at()
SELECT MIN(not_before_at) FROM deliveries WHERE status IN ('planned', 'deferred', 'sending');

-- name: deliveries_of_issue(issue_id, after, status, address, limit)
SELECT d.id, d.issue_id, d.subscription_id, d.edition_id, d.status, d.attempts, d.fence, d.lease_until_at,
       d.not_before_at, d.first_attempt_at, d.dated_at, d.key_id, d.ended_at, d.code, d.enhanced, d.reply,
       p.address, l.slug AS list, i.night, i.number, e.subject
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
JOIN lists l ON l.id = i.list_id
JOIN editions e ON e.id = d.edition_id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.issue_id = :issue_id AND d.id > :after
  AND (CAST(:status AS TEXT) IS NULL OR d.status = :status)
  AND (CAST(:address AS TEXT) IS NULL OR p.address = :address)
ORDER BY d.id
LIMIT :limit;

-- name: deliveries_of_subscription(subscription_id, limit)
SELECT d.id, d.issue_id, d.subscription_id, d.edition_id, d.status, d.attempts, d.fence, d.lease_until_at,
       d.not_before_at, d.first_attempt_at, d.dated_at, d.key_id, d.ended_at, d.code, d.enhanced, d.reply,
       p.address, l.slug AS list, i.night, i.number, e.subject
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
JOIN lists l ON l.id = i.list_id
JOIN editions e ON e.id = d.edition_id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.subscription_id = :subscription_id
ORDER BY d.id DESC
LIMIT :limit;

-- name: attempts_of(delivery_id)
SELECT started_at, ended_at, outcome, phase, code, enhanced, reply FROM attempts
WHERE delivery_id = :delivery_id ORDER BY id;
