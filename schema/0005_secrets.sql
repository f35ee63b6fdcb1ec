-- User secrets: how one is found, and what ends the tokens that were made from it.
--
-- Such a token belongs to no session. It carries token_version + secret_version: both only grow, so their
-- sum moves with either, and replacing a secret ends its tokens while the sessions live on.

-- migrate:up

ALTER TABLE users ADD COLUMN secret_version integer NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_secret_digest ON users (secret_digest) WHERE secret_digest IS NOT NULL;

-- migrate:down

DROP INDEX users_secret_digest;
ALTER TABLE users DROP COLUMN secret_version;
