-- Who did what to whom: written in the transaction of the act itself, and never changed.
--
-- No foreign keys: a row outlives whom it is about. The app role may INSERT and SELECT (grants.sql),
-- so not even a stolen application password rewrites history.

-- migrate:up

CREATE TABLE audit (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    at          timestamptz NOT NULL DEFAULT now(),
    action      text        NOT NULL,
    actor_id    uuid,
    target_type text,
    target_id   uuid,
    result      text        NOT NULL DEFAULT 'success',
    ip          inet,
    user_agent  text,
    request_id  text,
    session_id  uuid,
    details     jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (at, id),
    CONSTRAINT audit_result_known CHECK (result IN ('success', 'failure')),
    CONSTRAINT audit_agent_size CHECK (octet_length(user_agent) <= 256)
);

-- Each filter of GET /audit pages along its own index.
CREATE INDEX audit_by_action ON audit (action, at, id);
CREATE INDEX audit_by_actor ON audit (actor_id, at, id);
CREATE INDEX audit_by_target ON audit (target_id, at, id);

-- migrate:down

DROP TABLE audit;
