#!/bin/sh
# Run once by the database's image, on an empty volume: what scripts/run does for its own cluster.
set -eu
{
	# psql reads the files itself: nothing in them is a command, however it looks.
	echo '\set owner_password `cat /run/secrets/owner_password`'
	echo '\set app_password `cat /run/secrets/app_password`'
	cat /usr/share/gatehouse-roles.sql
} | psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres -f -
