#!/bin/sh
# unit.sh holds deploy/systemd/recallbot.service to what systemd knows, as if the bot were installed; where there is no
# systemd it says so.
set -eu

if ! command -v systemd-analyze >/dev/null 2>&1; then
	echo "unit.sh: no systemd-analyze here: deploy/systemd is not checked" >&2
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
sed -e 's|/usr/local/bin/recallbot|/bin/true|' -e '/^Documentation=/d' deploy/systemd/recallbot.service >"$dir/recallbot.service"
systemd-analyze verify "$dir/recallbot.service"
