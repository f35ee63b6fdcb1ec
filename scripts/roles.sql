-- Roles, database and extension: the superuser's part, for psql, with :owner_password and
-- :app_password. May be run again. The owner migrates; the app role may touch rows, never structure.
SET client_min_messages = warning;
SELECT 'CREATE ROLE gatehouse_owner LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_owner') \gexec
SELECT 'CREATE ROLE gatehouse_app LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gatehouse_app') \gexec
ALTER ROLE gatehouse_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'owner_password';
ALTER ROLE gatehouse_app NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';

-- The server's own limits stand behind the program's deadlines.
ALTER ROLE gatehouse_app SET statement_timeout = '3s';
ALTER ROLE gatehouse_app SET lock_timeout = '1s';
ALTER ROLE gatehouse_app SET idle_in_transaction_session_timeout = '5s';
ALTER ROLE gatehouse_app SET client_connection_check_interval = '1s';

SELECT 'CREATE DATABASE gatehouse OWNER gatehouse_owner TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'gatehouse') \gexec
REVOKE ALL ON DATABASE gatehouse FROM PUBLIC;
GRANT CONNECT ON DATABASE gatehouse TO gatehouse_app;

\connect gatehouse
SET client_min_messages = warning;
ALTER SCHEMA public OWNER TO gatehouse_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO gatehouse_app;

-- Documents need it; where its package is missing, the migrations say so.
SELECT 'CREATE EXTENSION IF NOT EXISTS vector'
WHERE EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') \gexec
