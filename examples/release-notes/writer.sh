#!/bin/sh
# The agent of this example: makes release notes of the quoted lines in its prompt.
# A command agent reads its prompt on standard input and writes its result, as JSON, to the file $MISSION_OUTPUT.
set -eu
prompt=$(cat)
title='Changes'
case $prompt in *'A reviewer sent your notes back'*) title='Changes, revised' ;; esac
changes=$(printf '%s\n' "$prompt" | sed -n 's/^| //p' | tr -d '\000-\010\013-\037' | tr '\t' ' ' | sed 's/[\\"]/\\&/g; s/.*/"&"/' | paste -s -d , -)
printf '{"title": "%s", "changes": [%s]}\n' "$title" "$changes" >"$MISSION_OUTPUT"
