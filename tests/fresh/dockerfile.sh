# shellcheck shell=bash
# For tests/fresh/debian13: execute a Dockerfile's instructions in roots copied from $folder/base, one
# for each stage: $folder/NAME, and $folder/final for the one without a name. Sets settings (ENV).

# Docker copies what is in a folder, not the folder, unless it is one of several.
copy() { # copy FROM TO SOURCE... DESTINATION
	local from=$1 to=$2 source
	shift 2
	local target=${!#}
	case $target in /*) ;; *) target=$workdir/$target ;; esac
	for source in "${@:1:$#-1}"; do
		if [ -d "$from/$source" ]; then
			mkdir -p "$to$target"
			cp -a "$from/$source/." "$to$target"
		else
			case $target in */) mkdir -p "$to$target" ;; *) mkdir -p "$(dirname "$to$target")" ;; esac
			cp -a "$from/$source" "$to$target"
		fi
	done
}

run() {
	inside "$stage" "$user" at "$workdir" "${settings[@]}" sh -c "$1" >"$folder/run.log" 2>&1 ||
		{ tail -n 20 "$folder/run.log"; return 1; }
}

at() { cd "$1" && shift && env "$@"; }

# instruction NAME WORDS: one of the Dockerfile; what this cannot do fails.
instruction() {
	local words=$2
	case $1 in
	FROM)
		[[ $words =~ ^debian:trixie-slim(\ AS\ ([a-z]+))?$ ]] || die "FROM $words"
		stage=$folder/${BASH_REMATCH[2]:-final} workdir=/ user=root settings=()
		cp -a "$folder/base" "$stage"
		;;
	WORKDIR) workdir=$words && mkdir -p "$stage$workdir" ;;
	COPY)
		# shellcheck disable=SC2086 # words
		case $words in
		--from=*) words=${words#--from=} && copy "$folder/${words%% *}" "$stage" ${words#* } ;;
		*) copy "$context" "$stage" $words ;;
		esac
		;;
	RUN) check "RUN ${words:0:60}" run "$words" ;;
	USER) user=$words ;;
	ENV) read -ra settings <<<"$words" ;;
	HEALTHCHECK) ;;
	ENTRYPOINT) entrypoint=$words ;;
	CMD) default=$words ;;
	*) die "unknown instruction: $1 $words" ;;
	esac
}

docker_build() {
	local name words
	mkdir "$context" # what .dockerignore lets through, of what is committed
	# shellcheck disable=SC2046 # names
	git -C "$repository" archive HEAD $(sed -n 's/^!//p' "$repository/.dockerignore") | tar -x -C "$context"
	while read -r name words; do
		[ "$failed" = 0 ] || return 0
		case $name in '' | '#'*) ;; *) instruction "$name" "$words" </dev/null ;; esac
	done < <(sed ':more; /\\$/ { N; s/\\\n[[:space:]]*//; b more }' "$repository/Dockerfile")
	[ "$entrypoint $default" = '["gatehouse"] ["serve"]' ] || die "ENTRYPOINT $entrypoint CMD $default"
}
