-- The claim: rows another claimer has locked are passed over, so that many may claim at once.

-- name: deliveries_claimable(issue_id, now, address, limit)
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
LIMIT :limit
FOR UPDATE OF d SKIP LOCKED;

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
ORDER BY s.confirmed_at DESC NULLS LAST, d.id
FOR UPDATE OF d SKIP LOCKED;
