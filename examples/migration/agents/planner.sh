# Plans: the plan is ready-made; a reviewer's comment is answered in its notes.
comment=$(printf '%s\n' "$prompt" | sed -n '/^## A reviewer sent your plan back/,/^Your previous plan/s/^| //p' | text)
if [ -n "$comment" ]; then
    answer "$(sed '$d' "$here/../plan.json"), \"approvalNotes\": \"Reviewer: $comment\" }"
else
    answer "$(cat "$here/../plan.json")"
fi
