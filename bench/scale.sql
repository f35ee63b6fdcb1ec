-- :users people with names of many kinds, for psql as the owner. Number 1 is the newest; everybody has the
-- password, and so the hash, of the one admin who is there already. One in 100 000 is an admin, one in a
-- thousand is not active, two in three are verified.
SELECT pg_get_indexdef('users_search'::regclass) AS search_index \gset
-- Made in one piece behind the rows, it takes a fraction of the time.
DROP INDEX users_search;

WITH names AS (SELECT
	string_to_array('Ada,Grace,Alan,Linus,Ken,Dennis,Barbara,Edsger,Donald,Niklaus,Tony,John,Margaret,Radia,'
		'Frances,Jean,Katherine,Hedy,Annie,Sophie,Zoë,Jürgen,Søren,Łukasz,Ángel,Núria,Mehmet,Olga,Yuki,Wei,'
		'Priya,Fatima,Kwame,Amina,Carlos,Lucia,Pedro,Ivan,Nadia,Björn', ',') AS first,
	string_to_array('Lovelace,Hopper,Turing,Torvalds,Thompson,Ritchie,Liskov,Dijkstra,Knuth,Wirth,Hoare,'
		'McCarthy,Hamilton,Perlman,Allen,Bartik,Johnson,Lamarr,Easley,Wilson,Müller,Jørgensen,Kowalski,'
		'García,Puig,Yılmaz,Petrova,Tanaka,Zhang,Sharma,Hassan,Mensah,Diallo,Gómez,Rossi,Silva,Horvat,'
		'Novák,Öberg,O''Neill,Smith,Jones,Brown,Taylor,Davies,Evans,Roberts,Walker,Wright,Green,Baker,'
		'Clarke,Patel,Cooper,Bailey,Murphy,Miller,Shaw,Fox,Kelly', ',') AS last),
people AS (
	SELECT i, first[(hashint4(i) & 2147483647) % 40 + 1] AS first, last[(hashint4(-i) & 2147483647) % 60 + 1] AS last,
		(hashint4(i + 33) & 2147483647) % 1000 AS department
	FROM generate_series(1, :users) i, names),
named AS (
	SELECT i, first || ' ' || last AS name, 'user' || i AS username,
		translate(lower(first || '.' || last), 'ëüøłáúöçíıó''', 'euolauociio') || i || '@' ||
		CASE WHEN department < 700 THEN 'mail' WHEN department < 900 THEN 'corp'
			ELSE 'dept' || department % 50 END || '.example.com' AS email
	FROM people)
INSERT INTO users (id, email, email_key, username, username_key, full_name, password_hash, role, is_active,
	is_verified, created_at)
SELECT gen_random_uuid(), email, email, username, username, name, a.password_hash,
	CASE WHEN i % 100000 = 99 THEN 'admin' ELSE 'user' END, i % 1000 <> 7, i % 3 <> 0,
	now() - i * interval '31 seconds'
FROM named, (SELECT password_hash FROM users WHERE role = 'admin') a;

INSERT INTO user_stats (user_id) SELECT id FROM users ON CONFLICT DO NOTHING;

SET maintenance_work_mem = '128MB';
:search_index;
VACUUM ANALYZE users, user_stats;
