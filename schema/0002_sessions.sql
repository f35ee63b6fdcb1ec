-- A session is one row for its whole life, however often its refresh token rotates.
--
-- The refresh token is (session id, generation, MAC over both and the seed with a key that is not in
-- the database). So the row alone forges nothing, the key alone forges nothing, and the successor
-- of a token can be given out again within the grace period without being stored anywhere.

-- migrate:up

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    seed         bytea       NOT NULL,
    generation   bigint      NOT NULL DEFAULT 0,
    rotated_at   timestamptz NOT NULL DEFAULT now(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    -- Idle end, moved by each refresh but never beyond ends_at, the absolute one.
    expires_at   timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    ip           inet,
    user_agent   text,
    CONSTRAINT sessions_seed_size CHECK (octet_length(seed) = 32),
    CONSTRAINT sessions_agent_size CHECK (octet_length(user_agent) <= 256),
    CONSTRAINT sessions_order CHECK (expires_at <= ends_at)
);

CREATE INDEX sessions_by_user ON sessions (user_id);
-- For the expiry in the background, in small batches.
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- migrate:down

DROP TABLE sessions;
