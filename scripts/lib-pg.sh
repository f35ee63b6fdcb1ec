# shellcheck shell=bash
# The private PostgreSQL of scripts/lib.sh, which sources this.

postmaster() { head -n 1 "$PGDATA/postmaster.pid" 2>/dev/null; }

# A command of its own, so that tests can stop and start the server as its user.
pg_ctl_file() {
	cat >"$STATE_DIR/bin/pg_ctl" <<-END
		#!/bin/bash
		# pg_ctl for this cluster, as the right user.
		cd /
		exec $([ "$(id -u)" != 0 ] || echo "setpriv --reuid=$pg --regid=$(id -g "$pg") --init-groups --") \\
			env -u NOTIFY_SOCKET LC_ALL=C.UTF-8 ${PG_BIN@Q}/pg_ctl -D ${PGDATA@Q} -l ${PGDATA@Q}/server.log -s "\$@"
	END
	chmod 755 "$STATE_DIR/bin/pg_ctl"
	PG_CTL=$STATE_DIR/bin/pg_ctl
}

pg_cluster() {
	local new=$STATE_DIR/pg.new
	say "making a database cluster in $PGDATA"
	rm -rf "$new"
	mkdir -m 700 "$new"
	[ "$(id -u)" != 0 ] || chown "$pg:" "$new"
	(cd / && as "$pg" "$PG_BIN/initdb" -D "$new" --locale=C.UTF-8 --encoding=UTF8 --data-checksums \
		--auth=reject ${STACK_THROWAWAY:+--no-sync} >"$STATE_DIR/log/initdb.log" 2>&1) ||
		die "initdb failed; see $STATE_DIR/log/initdb.log"
	as "$pg" tee "$new/pg_hba.conf" >/dev/null <<-END
		# Only this machine's sockets. The superuser by its uid, the two roles by password.
		local all $pg peer
		local all all scram-sha-256
	END
	echo "include_if_exists 'gatehouse.conf'" | as "$pg" tee -a "$new/postgresql.conf" >/dev/null
	mv "$new" "$PGDATA"
}

# A quarter of the memory, as PostgreSQL's documentation advises, up to what a million users fill. With its own
# default of 128 MB, each search among so many reads most of its pages anew. Only what is used is taken.
pg_buffers() {
	[ -z "${STACK_BUFFERS:-}" ] || { echo "$STACK_BUFFERS"; return; }
	awk '/^MemTotal:/ { mb = int($2 / 4096); print (mb < 128 ? 128 : mb > 1024 ? 1024 : mb) "MB" }' /proc/meminfo
}

pg_start() {
	PG_BIN=$(scripts/pg-bin) || exit 1
	pg_ctl_file
	[ -e "$PGDATA/PG_VERSION" ] || pg_cluster
	[ "$PG_BIN" = "/usr/lib/postgresql/$(cat "$PGDATA/PG_VERSION")/bin" ] || [ ! -d /usr/lib/postgresql ] ||
		PG_BIN=/usr/lib/postgresql/$(cat "$PGDATA/PG_VERSION")/bin
	[ -x "$PG_BIN/postgres" ] || die "$PGDATA needs PostgreSQL $(cat "$PGDATA/PG_VERSION"), which is not installed"
	pg_ctl_file
	as "$pg" tee "$PGDATA/gatehouse.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$RUN/pg'
		max_connections = 200
		password_encryption = 'scram-sha-256'
		timezone = 'UTC'
		log_timezone = 'UTC'
		log_line_prefix = '%m [%p] %u '
		max_parallel_maintenance_workers = 0 # CVE-2026-3172 of older pgvectors
		shared_buffers = $(pg_buffers)
	END
	if alive "$(postmaster)"; then # left by a script that was killed
		"$PG_CTL" stop -m fast || die "an older PostgreSQL of this folder does not stop"
	fi
	"$PG_CTL" start -w -t 60 9>&- || die "PostgreSQL does not start; see $PGDATA/server.log"
	stack_pg=1
}

secret_once() { # secret_once NAME: a random one in secrets/NAME
	local file=$STATE_DIR/secrets/$1
	[ -s "$file" ] && return
	(umask 077 && openssl rand -hex 32 >"$file.new" && mv "$file.new" "$file")
}

# A role's password ends up in psql's grammar and in a URL, so nothing but what secret_once() writes.
password_of() { # password_of ROLE
	local value file=$STATE_DIR/secrets/$1_password
	value=$(cat "$file") && [[ $value =~ ^[0123456789abcdef]{64}$ ]] ||
		die "$file does not hold 64 hex digits; remove it, and a new one is made"
	echo "$value"
}

db_url() { # db_url ROLE
	local password
	password=$(password_of "$1") || exit 1
	echo "postgresql://gatehouse_$1:$password@/gatehouse?host=$RUN/pg"
}

pg_roles() {
	local role password passwords=''
	for role in owner app; do
		secret_once ${role}_password
		own 600 "$STATE_DIR/secrets/${role}_password"
		password=$(password_of $role) || exit 1
		passwords+="\\set ${role}_password '$password'"$'\n'
	done
	{
		echo "$passwords"
		cat scripts/roles.sql
	} | (cd / && as "$pg" "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$RUN/pg" -d postgres -f -) >/dev/null ||
		die "the roles could not be made"
	(umask 077 && db_url app >"$STATE_DIR/secrets/database_url" &&
		db_url owner >"$STATE_DIR/secrets/migrate_database_url")
	own 640 "$STATE_DIR/secrets/database_url"
	own 600 "$STATE_DIR/secrets/migrate_database_url"
}
