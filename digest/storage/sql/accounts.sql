-- What the ledger can tell. Issues older than keep_months are counted from issue_sums.

-- name: deliveries_candidates(issue_id)
SELECT candidates FROM issues WHERE id = :issue_id;

-- name: deliveries_tally(issue_id)
SELECT t.status, SUM(t.n) AS n
FROM (SELECT status, COUNT(*) AS n FROM deliveries WHERE issue_id = :issue_id GROUP BY status
      UNION ALL
      SELECT status, n FROM issue_sums WHERE issue_id = :issue_id) t
GROUP BY t.status
ORDER BY t.status;

-- name: deliveries_tally_night(night)
SELECT t.status, SUM(t.n) AS n
FROM (SELECT d.status, COUNT(*) AS n FROM deliveries d JOIN issues i ON i.id = d.issue_id
      WHERE i.night = :night GROUP BY d.status
      UNION ALL
      SELECT s.status, s.n FROM issue_sums s JOIN issues i ON i.id = s.issue_id WHERE i.night = :night) t
GROUP BY t.status
ORDER BY t.status;

-- name: deliveries_open_count()
SELECT COUNT(*) FROM deliveries WHERE ended_at IS NULL;

-- name: deliveries_due_count(now)
SELECT COUNT(*)
FROM issues i
JOIN lists l ON l.id = i.list_id
JOIN deliveries d ON d.issue_id = i.id
WHERE d.ended_at IS NULL AND d.not_before_at <= :now AND i.cancelled_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything' OR h.scope = 'list:' || l.slug);

-- name: deliveries_held_count()
SELECT COUNT(*)
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
JOIN lists l ON l.id = i.list_id
WHERE d.ended_at IS NULL
  AND EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything' OR h.scope = 'list:' || l.slug);

-- name: deliveries_tried_count()
SELECT COUNT(*)
FROM deliveries d
JOIN issues i ON i.id = d.issue_id
JOIN lists l ON l.id = i.list_id
WHERE d.ended_at IS NULL AND d.attempts > 0
  AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.scope = 'everything' OR h.scope = 'list:' || l.slug);

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
-- A try that lasts, and one the relay took, stand in the delivery alone. Earlier rows have no tried_at.
SELECT t.started_at, t.ended_at, t.outcome, t.phase, t.code, t.enhanced, t.reply
FROM (SELECT 0 AS is_last, id, started_at, ended_at, outcome, phase, code, enhanced, reply
      FROM attempts WHERE delivery_id = :delivery_id
      UNION ALL
      SELECT 1, id, tried_at, ended_at, CASE WHEN status = 'sent' THEN 'sent' END,
             CASE WHEN status = 'sent' THEN 'dot' END, CASE WHEN status = 'sent' THEN code END,
             CASE WHEN status = 'sent' THEN enhanced END, CASE WHEN status = 'sent' THEN reply END
      FROM deliveries
      WHERE id = :delivery_id AND status IN ('sending', 'sent') AND tried_at IS NOT NULL) t
ORDER BY t.is_last, t.id;

-- name: unbalanced_issues()
SELECT i.id
FROM issues i
WHERE i.candidates <> (SELECT COUNT(*) FROM deliveries d WHERE d.issue_id = i.id)
                      + COALESCE((SELECT SUM(s.n) FROM issue_sums s WHERE s.issue_id = i.id), 0)
ORDER BY i.id;
