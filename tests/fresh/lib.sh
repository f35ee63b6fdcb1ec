# shellcheck shell=bash
# For tests/fresh/debian12 and debian13: an empty Debian in a folder, and commands inside it. Every
# command gets process ids and mounts of its own, so that nothing of it outlives the command and
# "nothing is left" can be seen. The mirror is the one of this machine's own package sources.

passed=0 failed=0
say() { echo "fresh: $*" >&2; }
die() { say "$*"; exit 1; }
ok() { echo "ok $*"; passed=$((passed + 1)); }
bad() { echo "FAILED $*"; failed=$((failed + 1)); }

check() { # check WORDS COMMAND...
	local promise=$1
	shift
	if "$@"; then ok "$promise"; else bad "$promise"; fi
}

verdict() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

mirror() {
	local target='$(REPO_URI)'
	apt-get indextargets --format "$target" 'Created-By: Packages' |
		grep -E '^https?://.*/debian/?$' | head -n 1
}

# empty SUITE ROOT PACKAGE...: nothing but what Debian calls essential, apt, and PACKAGEs.
empty() {
	local suite=$1 root=$2 uri option options=()
	shift 2
	uri=$(mirror)
	[ -n "$uri" ] || die "this machine's package sources name no Debian mirror"
	[ ! -e "$root" ] || die "$root is there already"
	# A machine whose clock is not the mirror's says so in its own settings.
	while read -r option; do options+=("--aptopt=$option"); done \
		< <(apt-config dump | grep -E '^Acquire::Check-(Valid-Until|Date) ')
	[ $# = 0 ] || options+=("--include=$*")
	mkdir -p "${root%/*}"
	say "making an empty $suite in $root"
	timeout 900 mmdebstrap -q --variant=minbase "${options[@]}" \
		"$suite" "$root" "deb $uri $suite main" >"$root.log" 2>&1 ||
		{ tail -n 20 "$root.log" >&2; die "mmdebstrap failed"; }
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n127.0.0.1 db\n' >"$root/etc/hosts"
}

# What a container or a booted machine has mounted. In a mount namespace only.
machine_mounts() {
	local root=$1 name
	mount --make-rprivate /
	mount -t proc proc "$root/proc"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	for name in null zero full random urandom tty; do
		touch "$root/dev/$name"
		mount --bind "/dev/$name" "$root/dev/$name"
	done
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s /proc/self/fd/0 "$root/dev/stdin"
	ln -s /proc/self/fd/1 "$root/dev/stdout"
	ln -s /proc/self/fd/2 "$root/dev/stderr"
}

# inside ROOT USER FUNCTION ARGUMENT...: a function of ours, run by bash as process 1 in there.
# NET=1: with a network of its own that holds nothing but 127.0.0.1. At most LIMIT seconds.
inside() {
	local root=$1 user=$2 code
	shift 2
	code="$(declare -f)
		passed=0 failed=0
		$(printf '%q ' "$@")"
	# shellcheck disable=SC2016 # expanded in there
	timeout -k 10 "${LIMIT:-1200}" unshare --mount --pid --ipc ${NET:+--net} --fork --kill-child \
		bash -c "set -e; $(declare -f machine_mounts)"'
			machine_mounts "$1"
			[ -z "$4" ] || ip link set lo up
			exec chroot --userspec="$2" "$1" /usr/bin/env -i HOME="$(chroot "$1" getent passwd "$2" | cut -d: -f6)" \
				PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
				PORT="${PORT:-}" TERM=dumb bash -c "$3"' \
		bash "$root" "$user" "$code" "${NET:-}"
}

# A clone made in there, by its own git, from one file.
clone() { # clone ROOT USER FOLDER
	local root=$1 user=$2 folder=$3
	git -C "$repository" bundle create -q "$root/gatehouse.bundle" HEAD
	chmod 644 "$root/gatehouse.bundle"
	inside "$root" "$user" git -c advice.detachedHead=false -c init.defaultBranch=main clone -q /gatehouse.bundle "$folder"
	rm "$root/gatehouse.bundle"
}

# --- inside ----------------------------------------------------------------------------------------

# Processes other than this shell, which is number 1.
others() {
	local entry pid state
	for entry in /proc/[0-9]*; do
		pid=${entry#/proc/}
		[ "$pid" != 1 ] && [ "$pid" != "$BASHPID" ] || continue
		state=$(sed 's/.*) //; s/ .*//' "$entry/stat" 2>/dev/null) || continue
		[ "$state" = Z ] || echo "$pid $(tr '\0' ' ' <"$entry/cmdline")"
	done
}

nothing_left() {
	local left
	left=$(others)
	[ -z "$left" ] || { echo "$left" >&2; return 1; }
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# run_start LOG NAME=VALUE...: scripts/run in a process group of its own, as a terminal does it;
# returns when it is ready or dead. Sets run_pid and run_ms.
run_start() {
	local log=$1 begun
	shift
	: >"$log"
	begun=$(milliseconds)
	env "$@" ./scripts/run >"$log" 2>&1 &
	run_pid=$!
	until grep -q '^ready: http://' "$log"; do
		kill -0 "$run_pid" 2>/dev/null || { cat "$log" >&2; return 1; }
		sleep 0.02
	done
	run_ms=$(($(milliseconds) - begun))
}

# What Ctrl-C does: the whole group gets the signal. Its status is the script's.
run_stop() {
	kill -INT -- "-$1"
	wait "$1"
}
