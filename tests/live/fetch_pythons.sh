#!/usr/bin/env bash
# Fetches CPython versions that this machine does not have from Debian's newer suites, and unpacks them into a cache
# folder; nothing is installed. Each needs the C library of its own suite, which comes along, so it is started through the
# loader in its folder:
#
#     tests/live/fetch_pythons.sh [--headers] [FOLDER]        default: build/pythons
#
# FOLDER/SUITE-VERSION/run is then a script that starts that interpreter, and FOLDER/SUITE-VERSION-dbg/run-debug one that
# starts a debug build. With --headers its headers come too, in
# FOLDER/SUITE-VERSION/usr/include/pythonVERSION: layout tables are made from them, and extensions for tests. The mirror is
# the one that this machine's apt settings name. A version that a suite does not have (any more) is skipped with a
# sentence; exit 1 only where nothing could be fetched at all.
set -euo pipefail

headers=
if [ "${1:-}" = --headers ]; then
	headers=yes
	shift
fi
folder=$(realpath -m "${1:-build/pythons}")
wanted='trixie:3.13 sid:3.13 sid:3.14 sid:3.15 trixie:3.13-dbg'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The first Debian mirror of the machine's apt settings, in either form of sources file.
mirror() {
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
		sed -nE 's/^deb +(\[[^]]*\] +)?([^ ]+) +[a-z]+(-updates)? +main.*/\2/p'
	sed -nE 's/^URIs: *([^ ]+).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null
}
uri=$(mirror | grep -E '/debian/?$' | head -n 1)
if [ -z "$uri" ]; then
	echo "fetch_pythons: apt's settings name no Debian mirror; nothing fetched" >&2
	exit 1
fi

# apt with a state of its own for one suite: the machine's package lists and status stay as they are.
apt_for() {
	local suite=$1 state=$folder/.apt/$1
	shift
	mkdir -p "$state"/{lists/partial,archives/partial}
	: >>"$state/status"
	echo "deb [signed-by=$keyring] $uri $suite main" >"$state/sources.list"
	apt-get -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
		-o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" -o Dir::State="$state" \
		-o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" -o APT::Install-Recommends=false \
		-o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
		-o APT::Sandbox::User=root -o Debug::NoLocking=1 -q "$@"
}

write_starter() { # FOLDER VERSION NAME
	cat >"$1/$3" <<STARTER
#!/bin/sh
root=\$(dirname "\$(realpath "\$0")")
libraries=\$root/usr/lib/x86_64-linux-gnu:\$root/lib/x86_64-linux-gnu
loader=\$root/lib64/ld-linux-x86-64.so.2
[ -e "\$loader" ] || loader=\$root/usr/lib64/ld-linux-x86-64.so.2
export PYTHONHOME="\$root/usr" PYTHONDONTWRITEBYTECODE=1
exec "\$loader" --library-path "\$libraries" "\$root/usr/bin/python$2" "\$@"
STARTER
	chmod +x "$1/$3"
}

update() { # SUITE
	[ -e "$folder/.apt/$1/updated" ] && return 0
	apt_for "$1" update >"$folder/$1.log" 2>&1 || return 1
	touch "$folder/.apt/$1/updated"
}

fetch() { # SUITE VERSION
	local suite=$1 version=$2 root=$folder/$1-$2 archives=$folder/.apt/$1/archives starter=run
	[ "$version" = "${version%-dbg}" ] || starter=run-debug
	[ -x "$root/$starter" ] && return 0
	update "$suite" || return 1
	rm -f "$archives"/*.deb
	apt_for "$suite" -y --download-only install "python$version" "libpython${version%-dbg}" >>"$folder/$suite.log" 2>&1 || return 1
	rm -rf "$root.part"
	mkdir -p "$root.part"
	for package in "$archives"/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root.part" --keep-directory-symlink --exclude='./usr/share/*' \
			--exclude='./usr/lib/debug/*'
	done
	rm -f "$archives"/*.deb
	write_starter "$root.part" "$version" "$starter"
	"$root.part/$starter" -c 'import sys; print("fetch_pythons: CPython", sys.version.split()[0])' || return 1
	mv "$root.part" "$root"
}

# The headers of an interpreter that is there. What Debian keeps apart for each architecture moves in with the rest.
fetch_headers() { # SUITE VERSION
	local suite=$1 version=$2 root=$folder/$1-$2 downloads=$folder/.apt/$1/headers
	local include=$root/usr/include own=$root/usr/include/x86_64-linux-gnu/python$2
	[ -e "$include/python$version/Python.h" ] && return 0
	update "$suite" || return 1
	rm -rf "$downloads"
	mkdir -p "$downloads"
	(cd "$downloads" && apt_for "$suite" download "libpython$version-dev") >>"$folder/$suite.log" 2>&1 || return 1
	dpkg-deb --fsys-tarfile "$downloads"/*.deb | tar -x -C "$root" --keep-directory-symlink ./usr/include || return 1
	[ ! -e "$own/pyconfig.h" ] || mv "$own/pyconfig.h" "$include/python$version/pyconfig.h"
	rm -rf "$downloads"
}

mkdir -p "$folder/.apt"
found=0
for one in $wanted; do
	if fetch "${one%:*}" "${one#*:}"; then
		found=$((found + 1))
		[ -z "$headers" ] || [ "$one" != "${one%-dbg}" ] || fetch_headers "${one%:*}" "${one#*:}" ||
			echo "fetch_pythons: the headers of CPython ${one#*:} in ${one%:*} could not be fetched" >&2
	else
		echo "fetch_pythons: ${one%:*} has no CPython ${one#*:} that could be fetched and started" >&2
	fi
done
[ "$found" -gt 0 ]
