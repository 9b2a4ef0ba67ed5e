-- The ledger's hot path: plan, claim, settle. What is open has not ended: the partial indexes stand on that.

-- name: deliveries_plan(issue_id, subscription_id, edition_id, not_before_at)
INSERT INTO deliveries (issue_id, subscription_id, edition_id, status, not_before_at)
VALUES (:issue_id, :subscription_id, :edition_id, 'planned', :not_before_at)
ON CONFLICT (issue_id, subscription_id) DO NOTHING;

-- name: deliveries_plannable(issue_id)
SELECT CASE WHEN cancelled_at IS NULL THEN 1 ELSE 0 END FROM issues WHERE id = :issue_id;

-- name: deliveries_add_candidates(issue_id, n)
UPDATE issues SET candidates = candidates + :n WHERE id = :issue_id;

-- name: deliveries_open_issues(issue_id)
-- The issues with open rows that are not on hold, hopping from one to the next in the index.
WITH RECURSIVE found (issue_id) AS (
  SELECT MIN(issue_id) FROM deliveries WHERE ended_at IS NULL
  UNION ALL
  SELECT (SELECT MIN(d.issue_id) FROM deliveries d
          WHERE d.ended_at IS NULL AND d.issue_id > found.issue_id)
  FROM found WHERE found.issue_id IS NOT NULL
)
SELECT i.id, l.slug AS list, i.night, i.number,
       (SELECT MIN(d.not_before_at) FROM deliveries d
        WHERE d.ended_at IS NULL AND d.issue_id = i.id) AS not_before_at
FROM found
JOIN issues i ON i.id = found.issue_id
JOIN lists l ON l.id = i.list_id
WHERE (CAST(:issue_id AS BIGINT) IS NULL OR i.id = :issue_id)
  AND i.cancelled_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything' OR h.scope = 'list:' || l.slug)
ORDER BY not_before_at, i.id;

-- name: deliveries_claimable(issue_id, now, address, limit)
-- Safe because the claim runs in BEGIN IMMEDIATE; PostgreSQL's override locks the rows instead.
SELECT d.id, d.issue_id, d.subscription_id, d.edition_id, d.status, d.attempts, d.fence, d.lease_until_at,
       d.not_before_at, d.first_attempt_at, d.dated_at, d.key_id, d.ended_at, d.code, d.enhanced, d.reply,
       p.address, e.language,
       CASE WHEN s.consent <> 'confirmed' THEN s.consent
            WHEN p.erased_at IS NOT NULL THEN 'erased'
            ELSE x.reason END AS barred
FROM deliveries d
JOIN editions e ON e.id = d.edition_id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
LEFT JOIN suppressions x ON x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
WHERE d.issue_id = :issue_id
  AND d.ended_at IS NULL AND d.status <> 'sending'
  AND d.not_before_at <= :now
  AND (d.lease_until_at IS NULL OR d.lease_until_at <= :now)
  AND (CAST(:address AS TEXT) IS NULL OR p.address = :address)
ORDER BY d.not_before_at, d.id
LIMIT :limit;

-- name: deliveries_claimable_newest(issue_id, now, address, limit)
SELECT d.id, d.issue_id, d.subscription_id, d.edition_id, d.status, d.attempts, d.fence, d.lease_until_at,
       d.not_before_at, d.first_attempt_at, d.dated_at, d.key_id, d.ended_at, d.code, d.enhanced, d.reply,
       p.address, e.language, s.confirmed_at,
       CASE WHEN s.consent <> 'confirmed' THEN s.consent
            WHEN p.erased_at IS NOT NULL THEN 'erased'
            ELSE x.reason END AS barred
FROM (SELECT o.id
      FROM deliveries o
      JOIN subscriptions c ON c.id = o.subscription_id
      WHERE o.issue_id = :issue_id
        AND o.ended_at IS NULL AND o.status <> 'sending'
        AND o.not_before_at <= :now
        AND (o.lease_until_at IS NULL OR o.lease_until_at <= :now)
        AND (CAST(:address AS TEXT) IS NULL
             OR EXISTS (SELECT 1 FROM subscribers q WHERE q.id = c.subscriber_id AND q.address = :address))
      ORDER BY c.confirmed_at DESC NULLS LAST, o.id
      LIMIT :limit) chosen
JOIN deliveries d ON d.id = chosen.id
JOIN editions e ON e.id = d.edition_id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
LEFT JOIN suppressions x ON x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
ORDER BY s.confirmed_at DESC NULLS LAST, d.id;

-- name: deliveries_lease(id, lease_until_at)
UPDATE deliveries SET fence = fence + 1, lease_until_at = :lease_until_at WHERE id = :id;

-- name: deliveries_last_look(id, fence, now)
-- No row: the lease is lost, or the delivery has ended.
SELECT CASE WHEN s.consent <> 'confirmed' THEN s.consent
            WHEN p.erased_at IS NOT NULL THEN 'erased'
            ELSE x.reason END AS barred
FROM deliveries d
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
LEFT JOIN suppressions x ON x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
WHERE d.id = :id AND d.fence = :fence AND d.status IN ('planned', 'deferred');

-- name: deliveries_begin(id, fence, now, dated_at, key_id)
-- The last look and `sending` in one; nothing changed: `deliveries_last_look` says why.
UPDATE deliveries
SET status = 'sending', attempts = attempts + 1, tried_at = :now,
    first_attempt_at = COALESCE(first_attempt_at, :now),
    key_id = CASE WHEN dated_at IS NULL THEN :key_id ELSE key_id END,
    dated_at = COALESCE(dated_at, :dated_at)
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred')
  AND EXISTS (
    SELECT 1 FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
    WHERE s.id = deliveries.subscription_id AND s.consent = 'confirmed' AND p.erased_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM suppressions x
                      WHERE x.address_hash = p.address_hash AND (x.until_at IS NULL OR x.until_at > :now)));

-- name: deliveries_stands(id, fence, status)
SELECT 1 FROM deliveries WHERE id = :id AND fence = :fence AND status = :status;

-- name: deliveries_sent(id, fence, now, code, enhanced, reply)
-- The end of nearly every message, a group at a time; all else ends with `deliveries_finish`.
UPDATE deliveries
SET status = 'sent', ended_at = :now, code = :code, enhanced = :enhanced, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status = 'sending';

-- name: deliveries_serve(id)
-- The cursor of a delivery that has ended as served; never back.
UPDATE subscriptions
SET cursor = (SELECT i.head_seq FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE d.id = :id)
WHERE id = (SELECT subscription_id FROM deliveries WHERE id = :id)
  AND cursor < (SELECT i.head_seq FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE d.id = :id);

-- name: deliveries_suppress(id, fence, now, reply)
UPDATE deliveries SET status = 'suppressed', reply = :reply, ended_at = :now, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred')
RETURNING issue_id, subscription_id;

-- name: deliveries_finish(id, fence, now, status, not_before_at, ended_at, dated_at, key_id, code, enhanced, reply)
-- A try refused before `begin` counts here; one that was begun has been counted.
UPDATE deliveries
SET attempts = attempts + CASE WHEN status = 'sending' THEN 0 ELSE 1 END,
    tried_at = CASE WHEN status = 'sending' THEN tried_at ELSE :now END,
    status = :status, not_before_at = COALESCE(:not_before_at, not_before_at), ended_at = :ended_at,
    first_attempt_at = COALESCE(first_attempt_at, :now),
    key_id = CASE WHEN dated_at IS NULL THEN :key_id ELSE key_id END,
    dated_at = COALESCE(dated_at, :dated_at),
    code = :code, enhanced = :enhanced, reply = :reply, lease_until_at = NULL
WHERE id = :id AND fence = :fence AND status IN ('planned', 'deferred', 'sending')
RETURNING issue_id, subscription_id, tried_at;

-- name: attempts_add(id, fence, started_at, now, outcome, phase, code, enhanced, reply)
INSERT INTO attempts (delivery_id, fence, started_at, ended_at, outcome, phase, code, enhanced, reply)
VALUES (:id, :fence, :started_at, :now, :outcome, :phase, :code, :enhanced, :reply);

-- name: deliveries_move_cursor(issue_id, subscription_id)
-- Served up to the issue's head (design §3.3); never back.
UPDATE subscriptions SET cursor = (SELECT head_seq FROM issues WHERE id = :issue_id)
WHERE id = :subscription_id AND cursor < (SELECT head_seq FROM issues WHERE id = :issue_id);

-- name: deliveries_make_due(subscription_id, now)
UPDATE subscriptions SET due_at = :now WHERE consent = 'confirmed' AND id = :subscription_id;

-- name: deliveries_suppress_address(subscription_id, now, until_at, reason, detail)
-- What is already there for good stays; one that lifts by itself gives way.
INSERT INTO suppressions (address_hash, address, reason, since_at, until_at, detail)
SELECT p.address_hash, p.address, :reason, :now, :until_at, :detail
FROM subscriptions s
JOIN subscribers p ON p.id = s.subscriber_id
WHERE s.id = :subscription_id
ON CONFLICT (address_hash) DO UPDATE
SET address = excluded.address, reason = excluded.reason, since_at = excluded.since_at, until_at = excluded.until_at,
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
WHERE lease_until_at IS NOT NULL AND status IN ('planned', 'deferred');

-- name: deliveries_settle_orphans(issue_id, lapsed_by, now, status, not_before_at, ended_at, reply)
-- What a dead run left `sending`. `lapsed_by` keeps to leases that have run out; deliver's lock proves all dead.
UPDATE deliveries
SET status = :status, not_before_at = COALESCE(:not_before_at, not_before_at), ended_at = :ended_at,
    tried_at = COALESCE(tried_at, :now), lease_until_at = NULL, fence = fence + 1,
    code = NULL, enhanced = NULL, reply = :reply
WHERE lease_until_at IS NOT NULL AND status = 'sending'
  AND (CAST(:issue_id AS BIGINT) IS NULL OR issue_id = :issue_id)
  AND (CAST(:lapsed_by AS TEXT) IS NULL OR lease_until_at <= :lapsed_by)
RETURNING id, fence, issue_id, subscription_id, tried_at;

-- name: deliveries_expire(now, first_before, limit)
-- The last reply stays: it says why. The fence goes up: a holder whose lease ran out is too late.
UPDATE deliveries SET status = 'expired', ended_at = :now, lease_until_at = NULL, fence = fence + 1
WHERE id IN (
  SELECT d.id
  FROM deliveries d
  JOIN issues i ON i.id = d.issue_id
  JOIN lists l ON l.id = i.list_id
  WHERE d.ended_at IS NULL AND d.status <> 'sending' AND d.attempts >= 3
    AND d.first_attempt_at <= :first_before
    AND (d.lease_until_at IS NULL OR d.lease_until_at <= :now)
    AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything' OR h.scope = 'list:' || l.slug)
  ORDER BY d.first_attempt_at, d.id
  LIMIT :limit)
RETURNING subscription_id;
