-- What an admin decides about deliveries: holds, cancelled issues, failed and uncertain rows tried again.

-- name: add_hold(scope, now, words)
INSERT INTO holds (scope, since_at, words) VALUES (:scope, :now, :words) ON CONFLICT (scope) DO NOTHING;

-- name: drop_hold(scope)
DELETE FROM holds WHERE scope = :scope;

-- name: holds()
SELECT scope, since_at, words FROM holds ORDER BY scope;

-- name: deliveries_restart_age(scope)
-- Time on hold is nobody's fault: the age of a row tried before counts from its next try.
UPDATE deliveries SET first_attempt_at = NULL
WHERE first_attempt_at IS NOT NULL AND ended_at IS NULL AND status <> 'sending'
  AND issue_id IN (SELECT i.id FROM issues i JOIN lists l ON l.id = i.list_id
                   WHERE :scope = 'everything' OR :scope = 'list:' || l.slug);

-- name: cancel_issue(issue_id, now)
UPDATE issues
SET cancelled_at = COALESCE(cancelled_at, :now), planned_at = COALESCE(planned_at, :now)
WHERE id = :issue_id;

-- name: cancelled_issues_open()
SELECT i.id
FROM issues i
WHERE i.cancelled_at IS NOT NULL AND i.closed_at IS NULL
  AND EXISTS (SELECT 1 FROM deliveries d WHERE d.issue_id = i.id
              AND d.ended_at IS NULL AND d.status <> 'sending')
ORDER BY i.id;

-- name: deliveries_expire_open(issue_id, now, reply, limit)
-- The fence goes up: whoever has leased a row begins it no more.
UPDATE deliveries
SET status = 'expired', ended_at = :now, lease_until_at = NULL, fence = fence + 1, reply = :reply
WHERE id IN (SELECT id FROM deliveries
             WHERE ended_at IS NULL AND status <> 'sending'
               AND (CAST(:issue_id AS BIGINT) IS NULL OR issue_id = :issue_id)
             ORDER BY issue_id, not_before_at, id
             LIMIT :limit)
RETURNING issue_id, subscription_id;

-- name: letters_skip_open(now, reply)
-- Those of before the restore; one left `sending` may have arrived just so.
UPDATE letters
SET status = CASE WHEN status = 'sending' THEN 'uncertain' ELSE 'expired' END,
    ended_at = :now, lease_until_at = NULL, fence = fence + 1, content = NULL, reply = :reply
WHERE ended_at IS NULL;

-- name: deliveries_sending_count(issue_id)
SELECT COUNT(*) FROM deliveries
WHERE issue_id = :issue_id AND status = 'sending' AND lease_until_at IS NOT NULL;

-- name: deliveries_retriable(issue_id, address)
-- A reply code tells what a relay refused from what somebody gave up by hand.
SELECT d.id, d.issue_id, d.subscription_id, d.ended_at
FROM issues i
JOIN deliveries d ON d.issue_id = i.id
JOIN subscriptions s ON s.id = d.subscription_id
JOIN subscribers p ON p.id = s.subscriber_id
WHERE d.status = 'failed' AND d.code IS NOT NULL AND i.cancelled_at IS NULL
  AND EXISTS (SELECT 1 FROM fragments f WHERE f.issue_id = i.id)
  AND (i.id = :issue_id OR CAST(:issue_id AS BIGINT) IS NULL
       AND NOT EXISTS (SELECT 1 FROM issues n WHERE n.list_id = i.list_id AND n.night > i.night))
  AND (CAST(:address AS TEXT) IS NULL OR p.address = :address)
ORDER BY d.id;

-- name: deliveries_lift_failure(subscription_id, ended_at)
-- The suppression this very failure caused: both were written at one instant.
DELETE FROM suppressions
WHERE reason = 'hard' AND since_at = :ended_at
  AND address_hash = (SELECT p.address_hash FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id
                      WHERE s.id = :subscription_id);

-- name: deliveries_retry(id, now)
UPDATE deliveries
SET status = 'deferred', not_before_at = :now, ended_at = NULL, attempts = 0, first_attempt_at = NULL,
    fence = fence + 1
WHERE id = :id AND status = 'failed';

-- name: deliveries_drop_uncertain(now)
UPDATE deliveries SET status = 'failed', ended_at = :now WHERE status = 'uncertain';

-- name: deliveries_reopen_issues()
UPDATE issues SET closed_at = NULL
WHERE closed_at IS NOT NULL AND id IN (SELECT issue_id FROM deliveries WHERE status = 'uncertain');

-- name: deliveries_resume_uncertain(now)
UPDATE deliveries SET status = 'deferred', not_before_at = :now, ended_at = NULL, fence = fence + 1
WHERE status = 'uncertain';

-- name: issues_to_retain(before)
-- Closed, not cut: what was on hold for months was sent lately.
SELECT i.id FROM issues i
WHERE i.closed_at < :before
  AND EXISTS (SELECT 1 FROM editions e WHERE e.issue_id = i.id)
ORDER BY i.id;

-- name: retain_upto(issue_id, limit)
SELECT MAX(t.subscription_id)
FROM (SELECT subscription_id FROM deliveries WHERE issue_id = :issue_id ORDER BY subscription_id LIMIT :limit) t;

-- name: retain_sums(issue_id, upto)
INSERT INTO issue_sums (issue_id, status, n)
SELECT issue_id, status, COUNT(*) FROM deliveries
WHERE issue_id = :issue_id AND subscription_id <= :upto
GROUP BY issue_id, status
ON CONFLICT (issue_id, status) DO UPDATE SET n = issue_sums.n + excluded.n;

-- name: retain_drop_attempts(issue_id, upto)
DELETE FROM attempts
WHERE delivery_id IN (SELECT id FROM deliveries WHERE issue_id = :issue_id AND subscription_id <= :upto);

-- name: retain_drop_deliveries(issue_id, upto)
DELETE FROM deliveries WHERE issue_id = :issue_id AND subscription_id <= :upto;

-- name: retain_drop_editions(issue_id, limit)
DELETE FROM editions
WHERE id IN (SELECT id FROM editions WHERE issue_id = :issue_id ORDER BY key LIMIT :limit);
