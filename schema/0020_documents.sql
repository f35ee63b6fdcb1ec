-- Documents with embeddings: the model of what belongs to one user alone.
--
-- Every statement of the program names the owner; row-level security stands behind it, should one forget
-- (DV-01). The app role is neither owner nor superuser and says in each transaction for whom it works
-- (app.user_id); without that it sees nothing.

-- migrate:up

DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE EXCEPTION 'the extension "vector" (pgvector) is missing: install its package on the database server, then have a superuser run CREATE EXTENSION vector in this database (%)', SQLERRM;
    -- What searches an index until enough match the filter.
    IF (SELECT string_to_array(extversion, '.')::int[] < ARRAY[0, 8] FROM pg_extension WHERE extname = 'vector') THEN
        RAISE EXCEPTION 'the extension "vector" (pgvector) is too old: 0.8.0 or a newer one is needed';
    END IF;
END
$$;

CREATE TABLE documents (
    id          uuid PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    title       text        NOT NULL,
    content     text        NOT NULL,
    metadata    jsonb       NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    row_version bigint      NOT NULL DEFAULT 1,
    CONSTRAINT documents_title_size CHECK (char_length(title) BETWEEN 1 AND 255),
    CONSTRAINT documents_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);

-- EMBEDDING_DIMENSIONS, as gatehouse migrate says it.
DO $$
BEGIN
    EXECUTE format('ALTER TABLE documents ADD COLUMN embedding vector(%s)',
        coalesce(nullif(current_setting('gatehouse.embedding_dimensions', true), '')::integer, 384));
END
$$;

-- Within the row as long as it fits a page: an exact search reads it of each document of the owner, and
-- the text, which it does not read, makes room.
ALTER TABLE documents ALTER COLUMN embedding SET STORAGE MAIN;

CREATE INDEX documents_by_owner ON documents (user_id, created_at, id);
-- No index over everybody's embeddings: what others keep near a question would change who is found and how
-- long it takes (DV-02). Large owners get one each over their own, from gatehouse reconcile --fix.

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY documents_own ON documents
    USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid)
    WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);

-- migrate:down

-- The extension stays: it may have been there before, or serve others.
DROP TABLE documents;
UPDATE user_stats SET document_count = 0 WHERE document_count <> 0;
