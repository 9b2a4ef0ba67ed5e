-- name: sources()
SELECT * FROM sources ORDER BY id;

-- name: followed()
SELECT slug, url FROM sources WHERE retired_at IS NULL ORDER BY id;

-- name: source_by_slug(slug)
SELECT * FROM sources WHERE slug = :slug;

-- name: rename_source(id, slug)
UPDATE sources SET slug = :slug WHERE id = :id;

-- name: keep_source(slug, url)
-- A source of the file: added, or brought back from retirement.
INSERT INTO sources (slug, url, address) VALUES (:slug, :url, :url)
ON CONFLICT (slug) DO UPDATE SET retired_at = NULL;

-- name: readdress_source(slug, url)
-- The file says another address: what the old one taught us does not hold there.
UPDATE sources SET
  url = :url, address = :url, etag = NULL, last_modified = NULL, body_hash = NULL, next_check_at = NULL,
  failures = 0, failing_since_at = NULL, error_kind = NULL, error = NULL,
  move_to = NULL, move_since_at = NULL, move_times = 0, gone_at = NULL
WHERE slug = :slug AND url <> :url;

-- name: retire_source(id, now)
UPDATE sources SET retired_at = :now WHERE id = :id AND retired_at IS NULL;

-- name: save_source(id, address, title, site_url, etag, last_modified, body_hash, next_check_at, checked_at, succeeded_at, news_at, failures, failing_since_at, error_kind, error, move_to, move_since_at, move_times, gone_at, malformed, identity, seeded_at)
UPDATE sources SET
  address = :address, title = :title, site_url = :site_url, etag = :etag, last_modified = :last_modified,
  body_hash = :body_hash, next_check_at = :next_check_at, checked_at = :checked_at,
  succeeded_at = :succeeded_at, news_at = :news_at, failures = :failures,
  failing_since_at = :failing_since_at, error_kind = :error_kind, error = :error, move_to = :move_to,
  move_since_at = :move_since_at, move_times = :move_times, gone_at = :gone_at, malformed = :malformed,
  identity = :identity, seeded_at = :seeded_at
WHERE id = :id;

-- name: touch_source(id, etag, last_modified, next_check_at, succeeded_at)
UPDATE sources SET
  etag = :etag, last_modified = :last_modified, next_check_at = :next_check_at,
  checked_at = :succeeded_at, succeeded_at = :succeeded_at
WHERE id = :id;
