-- Which schemes and costs the stored passwords have, as far as a sample tells.
--
-- A log-in by a name that nobody has is answered after as long as one by a name that somebody has (AU-02): it is
-- compared with a hash of one of these kinds, in these shares. No part of a salt or a sum is here.

-- migrate:up

CREATE TABLE password_kinds (
    kind  text PRIMARY KEY,
    users bigint NOT NULL,
    CONSTRAINT password_kinds_some CHECK (users > 0)
);

-- migrate:down

DROP TABLE password_kinds;
