-- The claim: rows another claimer has locked are passed over, so that many may claim at once.

-- name: deliveries_claimable(now, issue_id, limit)
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
LIMIT :limit
FOR UPDATE OF d SKIP LOCKED;
