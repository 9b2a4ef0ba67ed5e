-- The claim: rows another claimer has locked are passed over, so that many may claim at once.

-- name: letters_claimable(now, address, limit)
SELECT l.id, l.kind, l.address, l.language, l.subscription_id, l.content, l.attempts, l.fence, l.created_at,
       l.key_id, CASE WHEN l.address = '' THEN 'erased' ELSE x.reason END AS barred
FROM letters l
LEFT JOIN suppressions x ON x.address_hash = l.address_hash AND (x.until_at IS NULL OR x.until_at > :now)
  AND x.reason IN ('hard', 'complaint', 'admin', 'erased')
WHERE l.status IN ('planned', 'deferred', 'sending') AND l.status <> 'sending'
  AND l.not_before_at <= :now
  AND (l.lease_until_at IS NULL OR l.lease_until_at <= :now)
  AND (CAST(:address AS TEXT) IS NULL OR l.address = :address)
ORDER BY l.not_before_at, l.id
LIMIT :limit
FOR UPDATE OF l SKIP LOCKED;
