#!/bin/sh
# need.sh COMMAND... installs the commands that are missing: through apt as root or with a sudo that doesn't ask,
# through brew on macOS. Otherwise it says in one line what to install, and fails.
set -eu

# have says whether a command is there, under any of the names that it goes by.
have() {
	case $1 in
	chromium)
		for name in chromium chromium-browser google-chrome chrome; do
			command -v "$name" >/dev/null 2>&1 && return
		done
		return 1
		;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# package names what brings a command: $1 is apt or brew, $2 the command.
package() {
	case $1:$2 in
	apt:redis-cli) echo redis-tools ;;
	brew:redis-cli | brew:redis-server) echo redis ;;
	apt:node) echo nodejs ;;
	apt:cc) echo gcc ;;
	*:promtool) echo prometheus ;;
	brew:npm) echo node ;;
	*) echo "$2" ;;
	esac
}

missing=
for command in "$@"; do
	have "$command" || missing="$missing $command"
done
[ -n "$missing" ] || exit 0

manager=
sudo=
if command -v apt-get >/dev/null 2>&1; then
	if [ "$(id -u)" = 0 ]; then
		manager=apt
	elif sudo -n true 2>/dev/null; then
		manager=apt
		sudo=sudo
	fi
elif [ "$(uname)" = Darwin ] && command -v brew >/dev/null 2>&1; then
	manager=brew
fi

packages=
for command in $missing; do
	packages="$packages $(package "${manager:-apt}" "$command")"
done

case $manager in
apt)
	echo "installing$packages" >&2
	# shellcheck disable=SC2086 # words on purpose, both: no sudo at all, several packages
	{
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages >/dev/null
	} >&2
	;;
brew)
	echo "installing$packages" >&2
	# shellcheck disable=SC2086 # words on purpose: several packages
	brew install --quiet $packages >&2
	;;
*)
	echo "please install$packages (Debian: apt-get install$packages)" >&2
	exit 1
	;;
esac

for command in $missing; do
	have "$command" || {
		echo "please install $command: it is not there even after$packages" >&2
		exit 1
	}
done
