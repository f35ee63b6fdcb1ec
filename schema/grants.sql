-- What the app role may do: rows, never structure. Run as the owner after every migrate up.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :app;
GRANT SELECT ON schema_migrations TO :app;
GRANT SELECT, INSERT, UPDATE, DELETE ON users, user_stats, sessions TO :app;
GRANT SELECT, INSERT ON audit TO :app;
-- Of a mail only what its delivery changes: whom it goes to stays as it was queued.
GRANT SELECT, INSERT, DELETE, UPDATE (state, tries, next_try_at, last_error, parts, sent_at) ON mail TO :app;
GRANT SELECT, UPDATE ON statistics TO :app;
GRANT SELECT, INSERT, UPDATE, DELETE ON limits TO :app;
GRANT SELECT, INSERT, DELETE, UPDATE (expires_at) ON links TO :app;
GRANT SELECT, INSERT, DELETE ON link_requests TO :app;
GRANT SELECT, INSERT, DELETE, UPDATE (users) ON password_kinds TO :app;
-- Within what row-level security leaves of it.
GRANT SELECT, INSERT, DELETE, UPDATE (title, content, metadata, embedding, updated_at, row_version) ON documents TO :app;
GRANT SELECT, INSERT, DELETE ON files TO :app;
GRANT EXECUTE ON FUNCTION files_known(uuid[]) TO :app;
