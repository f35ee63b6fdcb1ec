-- Links in mails: what proves that somebody reads an address.
--
-- Only the SHA-256 of a token is kept: 256 random bits need no slower hash, and who reads this table opens
-- nothing (OT-01). A link is good for one user, one purpose and one address, until it is taken (its row
-- goes, OT-02), is over, or is void: expires_at is then -infinity. The row itself stays for an hour, because the
-- mails of the last hour to an address are counted here.
--
-- Who asks for a link by an address leaves no more than that wish: it is looked up in the background, so
-- that the answer cannot take longer for an address that somebody has (OT-04).

-- migrate:up

CREATE TABLE links (
    digest     bytea PRIMARY KEY,
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text        NOT NULL,
    email      text        NOT NULL,
    email_key  text        NOT NULL,
    -- Of an address that was left: had it been confirmed?
    proven     boolean     NOT NULL DEFAULT false,
    -- Not now(): of two transactions that waited for each other the later one is to be later here.
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT links_digest_size CHECK (octet_length(digest) = 32),
    CONSTRAINT links_purpose_known
        CHECK (purpose IN ('verify_email', 'reset_password', 'set_password', 'undo_email_change'))
);

CREATE INDEX links_by_user ON links (user_id, purpose, created_at);
CREATE INDEX links_by_address ON links (email_key, purpose, created_at);
CREATE INDEX links_by_end ON links (expires_at);

CREATE TABLE link_requests (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose   text        NOT NULL,
    email_key text        NOT NULL,
    ip        inet,
    at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT link_requests_purpose_known CHECK (purpose IN ('verify_email', 'reset_password')),
    CONSTRAINT link_requests_email_size CHECK (octet_length(email_key) <= 254)
);

-- migrate:down


DROP TABLE link_requests;
DROP TABLE links;
