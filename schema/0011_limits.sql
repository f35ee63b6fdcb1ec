-- How often something was tried lately: rate limits and failed log-ins, shared by all workers and hosts.
--
-- A key is a keyed digest of whom (first half) and of what (second half): no address and no name is
-- here, and one range of keys is all of one account. Losing the last moments in a crash is better than
-- a disk flush for each try: the statements commit asynchronously.

-- migrate:up

CREATE TABLE limits (
    key     bytea       PRIMARY KEY,
    taken   integer     NOT NULL,
    -- -infinity: now. Until then it is refused.
    free_at timestamptz NOT NULL,
    -- From then on the row means nothing.
    ends_at timestamptz NOT NULL,
    CONSTRAINT limits_key_size CHECK (octet_length(key) = 32)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- For the expiry in the background, in small batches.
CREATE INDEX limits_by_end ON limits (ends_at);

-- migrate:down

DROP TABLE limits;
