-- 100 000 people, of whom 2 000 are logged in, for psql as the owner, with :users and :sessions.
-- All have the password, and so the hash, of the one admin who is there already.
INSERT INTO users (id, email, email_key, username, username_key, full_name, password_hash, created_at)
SELECT gen_random_uuid(), 'User' || i || '@bench.example', 'user' || i || '@bench.example', 'User' || i,
	'user' || i, 'Bench User ' || i, a.password_hash, now() - i * interval '1 minute'
FROM generate_series(1, :users) i, (SELECT password_hash FROM users WHERE role = 'admin') a;

INSERT INTO user_stats (user_id, last_login_at, login_count)
SELECT id, now(), 1 FROM users ON CONFLICT DO NOTHING;

-- The admin first: sessions are read back in the order of their age.
INSERT INTO sessions (id, user_id, seed, created_at, expires_at, ends_at, ip, user_agent)
SELECT gen_random_uuid(), id, sha256(convert_to(id::text, 'UTF8')), now() + n * interval '1 microsecond',
	now() + interval '7 days', now() + interval '30 days', '127.0.0.1', 'bench'
FROM (SELECT id, row_number() OVER (ORDER BY role, random()) AS n FROM users) u
WHERE n <= :sessions + 1;

VACUUM ANALYZE users, user_stats, sessions;
