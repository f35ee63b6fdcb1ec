# shellcheck shell=bash
# What bench/run and bench/growth share: a private stack with people in it. To be sourced from the
# repository's folder, after scripts/lib.sh.

USERS=100000 SESSIONS=2000
PASSWORD=Correct-Horse-7-Battery
ADMIN=admin@bench.example

bench_build() {
	scripts/deps build run bench
	make -s -j"$(nproc)" BUILD="$BUILD" "$BUILD/gatehouse" "$BUILD/lib.a"
	mkdir -p "$BUILD/bench"
	gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -I. bench/tokens.c "$BUILD/lib.a" \
		-o "$BUILD/bench/tokens" -Wl,--as-needed -lcjson -ljwt -lcrypto -lm
	gcc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra bench/hash.c -o "$BUILD/bench/hash" -lcrypt
}

# A cluster with the settings of scripts/run, fsync and all, in a folder that goes with us.
bench_start() {
	PORT=$(free_port)
	STATE_DIR=$(mktemp -d /tmp/gatehouse-bench.XXXXXX)
	chmod 755 "$STATE_DIR"
	trap 'exit 1' INT TERM HUP
	trap bench_finish EXIT
	stack_start
	BASE_URL=http://127.0.0.1:$PORT
}

bench_finish() {
	local status=$?
	trap '' INT TERM HUP
	stack_stop || status=1
	[ -z "${KEEP:-}" ] || { say "kept: $STATE_DIR"; exit $status; }
	rm -rf "$STATE_DIR"
	exit $status
}

bench_psql() { "$PG_BIN/psql" -X -q -v ON_ERROR_STOP=1 "$@" -d "$(db_url owner)"; }

# People, sessions, and $STATE_DIR/tokens, whose first line is the admin's.
bench_load() {
	echo "$PASSWORD" | gatehouse user create --admin "$ADMIN" >/dev/null
	bench_psql -v users=$USERS -v sessions=$SESSIONS -f bench/load.sql
	bench_psql -At -F ' ' -c 'SELECT u.id, s.id, u.token_version FROM sessions s
		JOIN users u ON u.id = s.user_id ORDER BY s.created_at' |
		"$BUILD/bench/tokens" "$SECRET_KEY_FILE" "$PUBLIC_URL" >"$STATE_DIR/tokens"
	[ "$(wc -l <"$STATE_DIR/tokens")" = $((SESSIONS + 1)) ] || die "not every session has a token"
}

# status METHOD PATH [TOKEN]: the status of one request on a connection of its own, without a fork, so
# that its time may be taken; empty when there was no answer.
bench_status() {
	local line=''
	status=''
	{ exec 3<>"/dev/tcp/127.0.0.1/$PORT"; } 2>/dev/null || return 0
	printf '%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: 0\r\n%s\r\n' "$1" "$2" \
		"${3:+Authorization: Bearer $3$'\r\n'}" >&3
	read -r -t 5 line <&3 || true
	exec 3>&-
	line=${line#* }
	status=${line%% *}
}

workers() { pgrep -P "$gatehouse_pid"; }
