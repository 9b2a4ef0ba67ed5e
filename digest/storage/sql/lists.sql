-- name: lists()
SELECT id, slug, title, retired_at FROM lists ORDER BY slug;

-- name: list_by_slug(slug)
SELECT id, slug, title, retired_at FROM lists WHERE slug = :slug;

-- name: list_by_id(id)
SELECT id, slug, title, retired_at FROM lists WHERE id = :id;

-- name: rename_list(id, slug)
UPDATE lists SET slug = :slug WHERE id = :id;

-- name: keep_list(slug, title)
-- One that returns to the settings is no longer retired.
INSERT INTO lists (slug, title)
VALUES (:slug, :title)
ON CONFLICT (slug) DO UPDATE SET title = excluded.title, retired_at = NULL;

-- name: retire_list(id, now)
UPDATE lists SET retired_at = COALESCE(retired_at, :now) WHERE id = :id;
