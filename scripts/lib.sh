# shellcheck shell=bash
# The stack of scripts/run and scripts/stack: a private PostgreSQL, gatehouse, nginx, in one folder.
# Wants STATE_DIR, PORT and BUILD; to be sourced from the repository's folder. As root, PostgreSQL
# runs as postgres and the rest as www-data; otherwise all runs as the caller.

. scripts/lib-pg.sh

say() { echo "gatehouse: $*" >&2; }
die() { say "$*"; exit 1; }

as() { # as USER COMMAND...
	local user=$1
	shift
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups -- "$@"
	else
		"$@"
	fi
}

# A daemon in a session of its own, so that the terminal's Ctrl-C reaches only the script, which
# stops things in order; should the script die, its daemons get TERM. For use with & and $!.
daemon() { # daemon USER COMMAND...
	local user=$1 drop=()
	shift
	[ "$(id -u)" != 0 ] || drop=(--reuid="$user" --regid="$(id -g "$user")" --init-groups)
	exec setsid env --default-signal=INT,QUIT setpriv "${drop[@]}" --pdeathsig TERM -- "$@" 9>&-
}

alive() { [ -n "$1" ] && [ -e "/proc/$1/stat" ] && [ "$(stat_field "$1" 1)" != Z ]; }

# The Nth field after the name, which may hold blanks: 1 state, 2 parent, 4 session.
stat_field() {
	local line
	line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	# shellcheck disable=SC2086 # into words
	set -- "$2" ${line##*) }
	shift "$1"
	echo "$1"
}

# The last value of NAME in ./.env, as the program reads that file.
env_file_value() {
	[ -e .env ] || return 0
	sed -nE "s/^[[:blank:]]*(export )?$1=//p" .env | tail -n 1 |
		sed -E "s/[[:space:]]+\$//; s/^\"(.*)\"\$/\1/; s/^'(.*)'\$/\1/"
}

port_check() {
	[[ $PORT =~ ^[123456789][0123456789]{0,4}$ ]] && [ "$PORT" -le 65535 ] ||
		die "PORT must be a number from 1 to 65535: $PORT"
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
	local port
	for _ in {1..100}; do
		port=$((20000 + RANDOM % 12000))
		port_taken $port || { echo $port; return; }
	done
	die "no free port found"
}

wait_gone() { # wait_gone PID SECONDS
	local i
	for ((i = 0; i < $2 * 20; i++)); do
		alive "$1" || return 0
		sleep 0.05
	done
	return 1
}

# --- folders -------------------------------------------------------------------------------------

stack_users() {
	svc=$(id -un) pg=$svc
	[ "$(id -u)" != 0 ] || svc=www-data pg=postgres
}

# Root's, for the service's group: where root writes, no one else may plant a link. The caller's own
# without root, whose group may be anybody.
own() { # own MODE PATH...
	local mode=$1
	shift
	[ "$(id -u)" = 0 ] || { chmod "$mode" "$@" && chmod g= "$@"; return; }
	chown "root:$(id -gn "$svc")" "$@"
	chmod "$mode" "$@"
}

# A folder that the service once owned may hold anything: plain files stay, the passwords that
# could be read are made anew.
take_over() { # take_over FOLDER
	[ "$(id -u)" = 0 ] && [ -d "$1" ] && [ "$(stat -L -c %u "$1")" != 0 ] || return 0
	own 700 "$1"
	find "$1/" -mindepth 1 -maxdepth 1 '(' ! -type f -o -links +1 ')' -exec rm -rf -- {} +
	find "$1/" -mindepth 1 -exec chown -h root: {} + -exec chmod go= {} +
	rm -f "$1"/{owner_password,app_password,migrate_database_url}
}

stack_folders() {
	umask 022
	stack_users
	if [ ! -e "$STATE_DIR" ]; then
		mkdir -p "$(dirname "$STATE_DIR")"
		local parent
		parent=$(cd "$(dirname "$STATE_DIR")" && pwd -P)
		if as "$pg" test -x "$parent"; then
			mkdir "$STATE_DIR"
		else # such as /root: the database's user cannot pass
			local real
			real=/var/lib/gatehouse/$(echo "$parent/${STATE_DIR##*/}" | cksum | cut -d' ' -f1)
			say "$parent is closed to user $pg: the data goes to $real"
			mkdir -p "$real"
			ln -s "$real" "$STATE_DIR"
		fi
	fi
	STATE_DIR=$(cd "$STATE_DIR" && pwd -P)
	as "$pg" test -x "$STATE_DIR" || die "STATE_DIR=$STATE_DIR is closed to user $pg; choose another"
	exec 9>"$STATE_DIR/lock"
	flock -n 9 || die "another instance uses STATE_DIR=$STATE_DIR"
	stack_run_folder
	local folder
	for folder in secrets app log; do take_over "$STATE_DIR/$folder"; done
	mkdir -p "$STATE_DIR"/{secrets,app,bin,log/nginx}
	own 710 "$STATE_DIR/secrets"
	own 750 "$STATE_DIR/app"
	# Sanitizers write beside the other logs, as whoever they run in; tests only.
	if [ -n "${STACK_THROWAWAY:-}" ]; then own 1770 "$STATE_DIR/log"; else own 750 "$STATE_DIR/log"; fi
	own 750 "$STATE_DIR/log/nginx"
	[ "$(id -u)" != 0 ] || chown "$svc:" "$STATE_DIR/log/nginx" # which opens its logs itself
	PGDATA=$STATE_DIR/pg
	export PGDATA
}

# Sockets need a short path of plain characters; a long one gets a short stand-in under /tmp.
stack_run_folder() {
	case $STATE_DIR in
	*[!A-Za-z0-9._/-]*) RUN='' ;;
	*) RUN=$STATE_DIR/run ;;
	esac
	[ ${#STATE_DIR} -le 70 ] || RUN=''
	[ ! -L "$STATE_DIR/run" ] || { rm -rf "$(readlink "$STATE_DIR/run")"; rm "$STATE_DIR/run"; }
	rm -rf "$STATE_DIR/run"
	if [ -z "$RUN" ]; then
		RUN=$(mktemp -d /tmp/gatehouse.XXXXXX)
		chmod 755 "$RUN"
		ln -s "$RUN" "$STATE_DIR/run"
	fi
	mkdir -p "$RUN"/{pg,app,nginx/var}
	ln -s "$STATE_DIR/log" "$RUN/log"
	[ "$(id -u)" != 0 ] || { chown "$pg:$(id -gn "$svc")" "$RUN/pg"; chown "$svc:" "$RUN"/{app,nginx/var}; }
	chmod 750 "$RUN"/{pg,app}
	SOCKET_DIR=$RUN/app
}

# --- gatehouse and nginx -------------------------------------------------------------------------

# The app role's URL; the owner's is for gatehouse_migrate() alone.
stack_database() {
	unset DATABASE_URL MIGRATE_DATABASE_URL MIGRATE_DATABASE_URL_FILE
	export DATABASE_URL_FILE=$STATE_DIR/secrets/database_url
}

# Mail goes where the caller says, or else into files for him to read; MAIL_DIR= switches it off.
stack_mail() {
	[ -z "${SMTP_HOST:-$(env_file_value SMTP_HOST)}" ] || { unset MAIL_DIR; return 0; }
	[ -z "${MAIL_DIR+set}" ] && [ -z "$(env_file_value MAIL_DIR)" ] || return 0
	export MAIL_DIR=$STATE_DIR/mail
	mkdir -p "$MAIL_DIR"
	[ "$(id -u)" != 0 ] || chown "$svc:" "$MAIL_DIR" # the program writes it, nobody else
	chmod 700 "$MAIL_DIR"
}

# nginx, which is told of them by a path of plain characters, runs as the program's user here.
stack_files() {
	[ -z "${FILES_DIR+set}" ] && [ -z "$(env_file_value FILES_DIR)" ] || return 0
	export FILES_DIR=$STATE_DIR/files
	mkdir -p "$FILES_DIR"
	[ "$(id -u)" != 0 ] || chown "$svc:" "$FILES_DIR"
	chmod 700 "$FILES_DIR"
}

# What the program is told; the rest of the caller's environment and .env reach it as they are.
stack_settings() {
	stack_database
	PUBLIC_URL=${PUBLIC_URL:-http://127.0.0.1:$PORT}
	export PUBLIC_URL SOCKET_DIR
	stack_mail
	stack_files
	rm -f "$STATE_DIR/app/.env"
	if [ -e .env ]; then
		grep -Ev '^[[:space:]]*(export )?(MIGRATE_)?(DATABASE_URL|SOCKET_DIR)(_FILE)?=|^[^=]*=[[:space:]]*$' .env \
			>"$STATE_DIR/app/.env" || true
		own 640 "$STATE_DIR/app/.env"
	fi
	if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ] &&
		! grep -Eqs '^[[:space:]]*(export )?SECRET_KEY(_FILE)?=' "$STATE_DIR/app/.env"; then
		secret_once secret_key
		own 640 "$STATE_DIR/secrets/secret_key"
		export SECRET_KEY_FILE=$STATE_DIR/secrets/secret_key
	fi
	install -m 755 "$BUILD/gatehouse" "$STATE_DIR/bin/gatehouse.new"
	mv "$STATE_DIR/bin/gatehouse.new" "$STATE_DIR/bin/gatehouse"
}

gatehouse() { (cd "$STATE_DIR/app" && as "$svc" "$STATE_DIR/bin/gatehouse" "$@"); }

# With the owner's URL. The service could read the environment of a process of its own user, so as
# root it is the database's user, in the service's group for what else there is to read.
gatehouse_migrate() {
	(
		cd "$STATE_DIR/app" || exit 1
		MIGRATE_DATABASE_URL=$(cat "$STATE_DIR/secrets/migrate_database_url") || exit 1
		export MIGRATE_DATABASE_URL
		[ "$(id -u)" = 0 ] || exec "$STATE_DIR/bin/gatehouse" migrate "$@"
		exec setpriv --reuid="$pg" --regid="$(id -g "$svc")" --clear-groups -- "$STATE_DIR/bin/gatehouse" migrate "$@"
	)
}

gatehouse_start() {
	(cd "$STATE_DIR/app" && daemon "$svc" "$STATE_DIR/bin/gatehouse" serve) 2>>"$STATE_DIR/log/gatehouse.log" >&2 &
	gatehouse_pid=$!
	disown $gatehouse_pid
}

nginx_start() {
	local dir=$RUN/nginx wall=() files
	[ "${RATE_LIMITS:-$(env_file_value RATE_LIMITS)}" != off ] || wall=(CLIENT_RATE=off)
	files=${FILES_DIR-$(env_file_value FILES_DIR)}
	[ -z "$files" ] || { ln -sfn "$files" "$RUN/files" && files=$RUN/files; }
	mkdir -p "$dir"
	cp -R nginx/static "$dir/"
	[ ! -d build/vendor/swagger-ui ] || cp build/vendor/swagger-ui/swagger-ui* "$dir/static/docs/"
	scripts/nginx-conf "$dir" "PREFIX=$dir/var" "SOCKET_DIR=$SOCKET_DIR" "STATIC=$dir/static" "LISTEN=127.0.0.1:$PORT" \
		"${wall[@]}" "FILES_DIR=$files" "CORS_ORIGINS=${CORS_ORIGINS:-$(env_file_value CORS_ORIGINS)}" \
		"ACCESS_LOG=$RUN/log/nginx/access.log gatehouse buffer=32k flush=1s" "ERROR_LOG=$RUN/log/nginx/error.log"
	(PATH=$PATH:/usr/sbin TZ=UTC daemon "$svc" "$(PATH=$PATH:/usr/sbin command -v nginx)" \
		-p "$dir" -e "$RUN/log/nginx/error.log" -c "$dir/gatehouse.conf") 2>>"$STATE_DIR/log/nginx-start.log" >&2 &
	nginx_pid=$!
	disown $nginx_pid
}

http_status() { # http_status PATH
	local line=
	(
		exec 3<>"/dev/tcp/127.0.0.1/$PORT" || exit 1
		printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
		read -r -t 5 line <&3 && line=${line#* } && echo "${line:0:3}"
	) 2>/dev/null
}

wait_ready() {
	local i
	for ((i = 0; i < 600; i++)); do
		[ "$(http_status /health/db)" != 200 ] || return 0
		stack_alive || return 1
		sleep 0.05
	done
	say "not ready after 30 s; the logs are in $STATE_DIR/log"
	return 1
}

# --- the whole -----------------------------------------------------------------------------------

stack_start() {
	stack_pg='' gatehouse_pid='' nginx_pid=''
	! port_taken "$PORT" || die "port $PORT is taken; PORT=<another> $0"
	stack_folders
	pg_start
	pg_roles
	stack_settings
	gatehouse_migrate up >"$STATE_DIR/log/migrate.log" 2>&1 ||
		{ cat "$STATE_DIR/log/migrate.log" >&2; die "migrate up failed"; }
	gatehouse_start
	nginx_start
	wait_ready
}

stack_alive() {
	alive "$gatehouse_pid" || { tail -n 5 "$STATE_DIR/log/gatehouse.log" >&2; say "gatehouse has died; see $STATE_DIR/log/gatehouse.log"; return 1; }
	alive "$nginx_pid" || { tail -n 5 "$STATE_DIR/log/nginx-start.log" >&2; say "nginx has died; see $STATE_DIR/log/nginx/error.log"; return 1; }
}

# Until something dies. PostgreSQL may be restarted under us: it has ten seconds to come back.
stack_watch() {
	local away=0
	while stack_alive; do
		sleep 0.5 || true # in the foreground: Ctrl-C must not leave it behind
		if alive "$(postmaster)"; then away=0; else away=$((away + 1)); fi
		[ $away -lt 20 ] || { say "PostgreSQL has died; see $PGDATA/server.log"; return 1; }
	done
	return 1
}

session_pids() { # who runs in the session of this daemon, itself included
	local entry pid
	[ -n "$1" ] || return 0
	for entry in /proc/[0-9]*; do
		pid=${entry#/proc/}
		[ "$(stat_field "$pid" 4)" = "$1" ] && alive "$pid" && echo "$pid"
	done
	return 0
}

# A daemon that stops by itself must leave nobody behind; one that has died may.
stop_daemon() { # stop_daemon NAME PID SIGNAL
	local pid rest orderly='' fault=0
	[ -n "$2" ] || return 0
	if alive "$2"; then
		orderly=1
		kill -s "$3" "$2"
		wait_gone "$2" 20 || { say "$1 does not stop; killing it"; kill -KILL "$2"; fault=1; }
	fi
	rest=$(session_pids "$2")
	for pid in $rest; do
		[ -z "$orderly" ] || { say "$1 left running: $pid"; fault=1; }
		[ -n "$orderly" ] || kill -s "$3" "$pid" 2>/dev/null
	done
	for pid in $rest; do
		wait_gone "$pid" 3 || kill -KILL "$pid" 2>/dev/null
	done
	return $fault
}

# nginx first: it answers what it has and takes no more, so nothing that was sent is lost.
stack_stop() {
	local fault=0
	stop_daemon nginx "${nginx_pid:-}" QUIT || fault=1
	stop_daemon gatehouse "${gatehouse_pid:-}" TERM || fault=1
	if [ -n "${stack_pg:-}" ] && alive "$(postmaster)"; then
		"$PG_CTL" stop -m fast -t 60 || { "$PG_CTL" stop -m immediate -t 10; fault=1; }
	fi
	[ ! -L "${STATE_DIR:-}/run" ] || { rm -rf "${RUN:?}"; rm -f "$STATE_DIR/run"; }
	return $fault
}
