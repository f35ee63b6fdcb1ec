-- Files: what is known of them. Their bytes lie in FILES_DIR, where nginx puts and fetches them; the id is their
-- name there, so the name that a client gave is never part of a path (DV-06).

-- migrate:up

CREATE TABLE files (
    id           uuid PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    name         text        NOT NULL,
    size         bigint      NOT NULL,
    content_type text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- One more than that of the file whose name it took.
    row_version  bigint      NOT NULL DEFAULT 1,
    CONSTRAINT files_name UNIQUE (user_id, name),
    CONSTRAINT files_name_size CHECK (char_length(name) BETWEEN 1 AND 255),
    CONSTRAINT files_size CHECK (size >= 0),
    CONSTRAINT files_type_size CHECK (octet_length(content_type) BETWEEN 3 AND 127)
);

CREATE INDEX files_by_owner ON files (user_id, created_at, id);

ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY files_own ON files
    USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid)
    WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);

-- Which of these belong to somebody. The background process works for nobody and sees no row, but has to
-- know what in FILES_DIR is an orphan; this is all that it is told.
CREATE FUNCTION files_known(uuid[]) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT id FROM public.files WHERE id = ANY ($1)';
REVOKE ALL ON FUNCTION files_known(uuid[]) FROM PUBLIC;

-- migrate:down

-- What lies in FILES_DIR stays; nobody knows it any more.
DROP FUNCTION files_known(uuid[]);
DROP TABLE files;
UPDATE user_stats SET file_count = 0, total_file_size = 0 WHERE file_count <> 0 OR total_file_size <> 0;
