#!/bin/sh
# The demo: a service leaks, two snapshots are taken of it, and heapdiff says what leaked. Does it say what the service
# itself knows? Exit code 0 if so. `make demo` runs this with the programs that it has built.
#
# Everything that is started here is stopped again, and the two snapshots stay in build/demo.
set -eu
cd "$(dirname "$0")/.."

build=${HEAPDIFF_BUILD:-build}
build=${build#"$PWD"/} # names are shorter from here
heapdump=$build/heapdump
heapdiff=$build/heapdiff
folder=$build/demo
visits=${VISITS:-1000}

say() { printf '\n%s\n' "$*"; }
show() { printf '  $ %s\n' "$*"; }
fail() {
	echo "demo: $*" >&2
	exit 1
}

# A CPython that heapdump can read: Debian's, else another one of this machine.
find_python() {
	for candidate in "${PYTHON:-/usr/bin/python3}" /usr/bin/python3 python3.11 python3.12 python3.13 python3; do
		"$candidate" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))' \
			2> /dev/null && command -v "$candidate" && return
	done
	fail "no CPython 3.11, 3.12 or 3.13 on this machine; on Debian: apt install python3"
}
python=$(find_python)

# One word of a JSON document on standard input: member "class", say.
member() { "$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
fetch() {
	"$python" -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode().strip())' "$1"
}

service=
stop() {
	status=$?
	trap - EXIT
	if [ -n "$service" ]; then
		kill "$service" 2> /dev/null || true
		wait "$service" 2> /dev/null || true
		say "The service has been stopped. The snapshots are in $folder."
	fi
	exit "$status"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$folder"
rm -f "$folder"/before.snap "$folder"/after.snap "$folder"/service.log

say "A small web shop starts. It has a bug: it never forgets a session whose visitor just closed the browser."
show "$python samples/leaky_service.py &"
"$python" -B samples/leaky_service.py > "$folder/service.log" &
service=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -s "$folder/service.log" ] && break
	sleep 0.5
done
[ -s "$folder/service.log" ] || fail "the service did not start within 10 seconds"
url=$(head -n 1 "$folder/service.log" | member url)
echo "  It is process $service, CPython $(head -n 1 "$folder/service.log" | member python), at $url."

say "A few visitors come and log out again. Then the first snapshot: of the running process, from outside."
"$python" -B samples/load.py "$url" --visits 20 --polite 1 > /dev/null
fetch "$url/truth" > "$folder/truth-before.json"
show "$heapdump $service -o $folder/before.snap"
"$heapdump" "$service" -o "$folder/before.snap"

say "Now $visits visitors come, and most of them just close the browser."
show "$python samples/load.py $url --visits $visits"
"$python" -B samples/load.py "$url" --visits "$visits" | sed 's/^/  /'

say "The second snapshot, and what changed from the first to it, largest growth first:"
fetch "$url/truth" > "$folder/truth-after.json"
show "$heapdump $service -o $folder/after.snap"
"$heapdump" "$service" -o "$folder/after.snap"
show "$heapdiff $folder/before.snap $folder/after.snap"
echo
"$heapdiff" "$folder/before.snap" "$folder/after.snap"

say "And what the service says of itself, by its own books of logins and logouts:"
sed 's/^/  /' "$folder/truth-after.json"
"$heapdiff" --json "$folder/before.snap" "$folder/after.snap" > "$folder/diff.json"
"$python" - "$folder" << 'PYTHON'
import json, sys

def read(name):
    with open(sys.argv[1] + "/" + name) as file:
        return json.load(file)

before, after, first = read("truth-before.json"), read("truth-after.json"), read("diff.json")["rows"][0]
leaked = after["leaked"] - before["leaked"]
agree = (first["type"], first["count_delta"]) == (after["class"], leaked)
print("\nheapdiff: %+d %s.  The service: %+d %s.  They %s." % (
    first["count_delta"], first["type"], leaked, after["class"], "agree" if agree else "DISAGREE"))
sys.exit(0 if agree else 1)
PYTHON
