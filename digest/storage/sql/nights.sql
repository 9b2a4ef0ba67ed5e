-- name: start_night(night, now, settings)
-- A night started again keeps its first instant; the settings are those of its last run.
INSERT INTO nights (night, started_at, settings)
VALUES (:night, :now, :settings)
ON CONFLICT (night) DO UPDATE SET settings = excluded.settings;

-- name: mark_night_closed(night, now)
UPDATE nights SET closed_at = COALESCE(closed_at, :now) WHERE night = :night;

-- name: mark_night_cut(night, now)
UPDATE nights SET cut_at = COALESCE(cut_at, :now) WHERE night = :night;

-- name: mark_night_finished(night, now)
UPDATE nights SET finished_at = :now WHERE night = :night;

-- name: night(night)
SELECT night, started_at, closed_at, cut_at, finished_at FROM nights WHERE night = :night;

-- name: last_night()
SELECT night, started_at, closed_at, cut_at, finished_at FROM nights ORDER BY night DESC LIMIT 1;

-- name: night_settings(night)
SELECT settings FROM nights WHERE night = :night;
