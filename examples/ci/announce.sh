#!/bin/sh
# announce.sh NAME TEXT CHAT... -- COMMAND... announces something in chats and runs a command. When the command fails, what
# was announced is taken back, everywhere, and the script ends as the command did. When it is run again, it announces again
# what does not stand any more.
# RECALLBOT_API_URL and RECALLBOT_API_TOKEN lead to the bot; RECALLBOT names the program, if it is not on the PATH.
set -eu

recallbot=${RECALLBOT:-recallbot}
group=$1
text=$2
shift 2

chats=
while [ "$1" != -- ]; do
	chats="$chats --chat=$1"
	shift
done
shift

before=$("$recallbot" posts --group="$group" --json)
if printf '%s' "$before" | grep -Eq '"state":"(sent|queued)"'; then
	echo "announced by an earlier run already" >&2
else
	# shellcheck disable=SC2086 # words on purpose: several chats
	"$recallbot" post "$text" $chats --group="$group" --wait
fi

status=0
"$@" || status=$?
if [ "$status" != 0 ]; then
	echo "it failed: taking the announcement back" >&2
	"$recallbot" recall --group="$group" --reason="the roll-out failed" --yes
fi
exit "$status"
