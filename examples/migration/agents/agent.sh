#!/bin/sh
# Every agent of the demo. No model: it reads its prompt, really edits the repository, really runs the tests, and
# returns JSON. This is the whole contract of a command agent: prompt on stdin, result to $MISSION_OUTPUT, exit 0.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prompt=$(cat)
sleep 0.2 2>/dev/null || :

# asked KEY: the id that the prompt wants back, from its line "- `KEY`: `id`".
asked() { printf '%s\n' "$prompt" | sed -n "s/^- \`$1\`: \`\\(.*\\)\`\$/\\1/p"; }

# text: standard input as the inside of a JSON text.
tab=$(printf '\t')
text() { tr -d '\000-\010\013-\037' | sed 's/[\\"]/\\&/g; '"s/$tab/\\\\t/g" | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

# answer JSON: the result, written beside its place and moved there, so that it is whole or absent.
answer() {
    printf '%s\n' "$1" >"$MISSION_OUTPUT.part"
    mv "$MISSION_OUTPUT.part" "$MISSION_OUTPUT"
}

echo "$MISSION_NODE_ID, attempt $MISSION_ATTEMPT"
case $MISSION_NODE_ID in
*:plan | *:plan-[0-9]) . "$here/planner.sh" ;;
*:feature:*) . "$here/builder.sh" ;;
*:integrate) . "$here/integrator.sh" ;;
*:judge) . "$here/validator.sh" ;;
*:follow-up) . "$here/fixer.sh" ;;
*:final) . "$here/scribe.sh" ;;
*)
    echo "no part for $MISSION_NODE_ID" >&2
    exit 1
    ;;
esac
