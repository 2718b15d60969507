# Reports what the record in its prompt says: how many milestones the plan has, and how many of them are done.
part() { printf '%s\n' "$prompt" | sed -n "/^## $1/,/^## /p"; }
total=$(part 'The plan' | grep -c '^      "objective"' || :)
done=$(part 'The milestones' | grep -c '^    "status": "done"' || :)
if [ "$done" = "$total" ]; then status=completed passed=true; else status=partial passed=false; fi
answer "{\"status\": \"$status\", \"summary\": \"$done of $total milestones are done.\", \"completedMilestones\": $done, \"totalMilestones\": $total,
  \"validationPassed\": $passed, \"markdownBody\": \"The ledger keeps whole cents: $done of $total milestones are done.\"}"
