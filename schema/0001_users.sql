-- People, and what every log-in changes about them.
--
-- A log-in must not touch the users row: its indexes and its ETag (row_version) stay still. So counts
-- and last times live in user_stats, a narrow side table whose updates stay on their page (HOT).

-- migrate:up

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    -- As typed, for display; the canonical keys are folded by the program with an ASCII table, never
    -- by lower(): in UTF-8 locales that maps U+212A to k and two people to one address.
    email         text,
    email_key     text,
    username      text,
    username_key  text,
    full_name     text,
    password_hash text,
    secret_digest bytea,
    role          text        NOT NULL DEFAULT 'user',
    is_active     boolean     NOT NULL DEFAULT true,
    is_verified   boolean     NOT NULL DEFAULT false,
    -- Raised by whatever must end every access token at once; a token carries the number it was made with.
    token_version integer     NOT NULL DEFAULT 1,
    row_version   bigint      NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- A tombstone: gone for every reader at once, purged in the background, its keys free again.
    deleted_at    timestamptz,
    -- Sort keys: never NULL, folded, so that keyset pages have a total order.
    sort_email    text GENERATED ALWAYS AS (coalesce(email_key, '')) STORED NOT NULL,
    sort_username text GENERATED ALWAYS AS (coalesce(username_key, '')) STORED NOT NULL,
    sort_name     text GENERATED ALWAYS AS (lower(coalesce(full_name, ''))) STORED NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email_key),
    CONSTRAINT users_username_key UNIQUE (username_key),
    CONSTRAINT users_role_known CHECK (role IN ('user', 'admin')),
    CONSTRAINT users_secret_size CHECK (octet_length(secret_digest) = 32),
    CONSTRAINT users_email_size CHECK (octet_length(email) <= 254 AND octet_length(email_key) <= 254),
    CONSTRAINT users_username_size CHECK (octet_length(username) BETWEEN 3 AND 50),
    CONSTRAINT users_name_size CHECK (char_length(full_name) BETWEEN 1 AND 255),
    CONSTRAINT users_named CHECK (deleted_at IS NOT NULL OR email_key IS NOT NULL OR username_key IS NOT NULL)
);

CREATE INDEX users_by_created ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_updated ON users (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_email ON users (sort_email, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_username ON users (sort_username, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_name ON users (sort_name, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_role ON users (role, id) WHERE deleted_at IS NULL;
-- "Is there an admin?" is asked at every start, and by everything that could remove the last one.
CREATE INDEX users_admins ON users (id) WHERE role = 'admin' AND is_active AND deleted_at IS NULL;

CREATE TABLE user_stats (
    user_id         uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    last_login_at   timestamptz,
    login_count     bigint NOT NULL DEFAULT 0,
    file_count      bigint NOT NULL DEFAULT 0,
    total_file_size bigint NOT NULL DEFAULT 0,
    document_count  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

-- migrate:down

DROP TABLE user_stats;
DROP TABLE users;
