-- name: add_note(list_id, language, markdown, html, text, now)
INSERT INTO notes (list_id, language, markdown, html, text, created_at)
VALUES (:list_id, :language, :markdown, :html, :text, :now);

-- name: remove_open_note(list_id, language)
DELETE FROM notes WHERE list_id = :list_id AND language = :language AND issue_id IS NULL;

-- name: open_notes(list_id)
SELECT language, markdown, html, text
FROM notes
WHERE list_id = :list_id AND issue_id IS NULL
ORDER BY language, id;

-- name: use_notes(list_id, issue_id)
-- From now on they are this issue's, and no other's.
UPDATE notes SET issue_id = :issue_id WHERE list_id = :list_id AND issue_id IS NULL;

-- name: issue_notes(issue_id)
SELECT language, markdown, html, text FROM notes WHERE issue_id = :issue_id ORDER BY language;
