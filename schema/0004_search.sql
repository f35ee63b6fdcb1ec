-- Finding users by a part of their e-mail address, username or name.

-- migrate:up

-- A trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Letter case is folded here and for what is looked for alike. A trigram is made of letters and digits
-- only, so "a.b" or "er.e" would have none or only frequent ones, and a search for it would read every
-- row: what stands between the letters of addresses and names becomes letters of a script that nobody
-- writes any more (Linear B), and has trigrams as good as others.
CREATE FUNCTION search_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(lower($1), '@._-+'' ', U&'\+010000\+010001\+010002\+010003\+010004\+010005\+010006');

-- One column of the three: one index, one comparison. Between them a character that no address and no
-- name can have and nobody can ask for, so that nothing is found across.
ALTER TABLE users ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (search_fold(
    coalesce(email_key, '') || E'\x01' || coalesce(username_key, '') || E'\x01' || coalesce(full_name, ''))) STORED;

-- How frequent a text is, the planner knows by trying it on this many of the column's values. It has to
-- know: a rare one is read from the index, one that everybody has is met in any few rows.
ALTER TABLE users ALTER COLUMN search SET STATISTICS 1000;

CREATE INDEX users_search ON users USING gin (search gin_trgm_ops) WHERE deleted_at IS NULL;

-- A flag that few have, newest first.
CREATE INDEX users_by_active ON users (is_active, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_verified ON users (is_verified, created_at, id) WHERE deleted_at IS NULL;

ANALYZE users;

-- migrate:down

-- The extension stays: it may have been there before, or serve others.
DROP INDEX users_by_verified;
DROP INDEX users_by_active;
ALTER TABLE users DROP COLUMN search;
DROP FUNCTION search_fold(text);
