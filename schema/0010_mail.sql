-- The outbox: mail is queued in the transaction that causes it, and sent by the background process.
--
-- So there is no change without its mail and no mail without its change, and a slow or dead mail server
-- is never waited for by a request (M6, OT-05). A row is claimed by moving next_try_at ahead: should the
-- sender die, it is due again afterwards. Delivery is at least once; a repeat carries the same Message-ID.
--
-- parts holds what the text is made of, for some kinds a link's token: the one place where it
-- stands as it is, since it must be sent. It is there for about a second (as long as the mail server is
-- away, for longer), gone when the mail was sent or the link in it has expired, and never shown.

-- migrate:up

CREATE TABLE mail (
    id          uuid PRIMARY KEY,
    kind        text        NOT NULL,
    recipient   text        NOT NULL,
    user_id     uuid,
    parts       jsonb,
    message_id  text        NOT NULL,
    state       text        NOT NULL DEFAULT 'queued',
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    last_error  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    sent_at     timestamptz,
    CONSTRAINT mail_state_known CHECK (state IN ('queued', 'sent', 'parked')),
    CONSTRAINT mail_recipient_size CHECK (octet_length(recipient) <= 254),
    CONSTRAINT mail_error_size CHECK (octet_length(last_error) <= 300),
    CONSTRAINT mail_sent_at CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
    -- What was sent keeps no token; what is to be sent has all it needs.
    CONSTRAINT mail_parts_kept CHECK (CASE state WHEN 'queued' THEN parts IS NOT NULL
                                                 WHEN 'sent' THEN parts IS NULL
                                                 ELSE true END)
);

-- Asked each second: what is due, oldest first.
CREATE INDEX mail_due ON mail (next_try_at, id) WHERE state = 'queued';
-- Links that expire unsent, and old rows to prune.
CREATE INDEX mail_by_expiry ON mail (expires_at) WHERE parts IS NOT NULL AND expires_at IS NOT NULL;
CREATE INDEX mail_over ON mail (created_at) WHERE state <> 'queued';
-- GET /mail, with and without its filter.
CREATE INDEX mail_by_created ON mail (created_at, id);
CREATE INDEX mail_by_state ON mail (state, created_at, id);

-- migrate:down

DROP TABLE mail;
