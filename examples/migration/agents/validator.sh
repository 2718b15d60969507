# Judges: runs the tests and tries every assertion itself.
milestone=$(asked milestoneId)
met=true
assertions=
# judge ID EVIDENCE COMMAND…: met if the command succeeds.
judge() {
    id=$1 evidence=$2
    shift 2
    status=met
    "$@" >/dev/null 2>&1 || { status=unmet met=false; }
    assertions="$assertions${assertions:+, }{\"id\": \"$id\", \"status\": \"$status\", \"evidence\": \"$evidence\"}"
}
converts() {
    old=$(mktemp)
    printf 'a|3.20\nb|12.5\nc|9.05\nd|20\n' >"$old"
    found=$(bin/ledger-convert "$old" | sed 1d | cut -f 2 | tr '\n' ' ')
    rm -f "$old"
    [ "$found" = "320 1250 905 2000 " ]
}
total() { [ "$(bin/ledger total)" = 44.75 ]; }
gone() { [ ! -e data/ledger.txt ] && ! grep -q 'ledger\.txt' bin/ledger; }
case $milestone in
format)
    judge cents-exact "ran bin/ledger-convert on the four amounts" converts
    judge store-works "ran tests/store.test.sh" sh tests/store.test.sh
    ;;
switch)
    judge same-total "ran bin/ledger total" total
    judge old-gone "looked for data/ledger.txt and its name in bin/ledger" gone
    judge documented "looked for data/ledger.tsv in README.md" grep -q 'data/ledger.tsv' README.md
    ;;
esac
if log=$(sh tests/run.sh 2>&1); then tests=passed; else tests=failed met=false; fi
printf '%s\n' "$log"
bad=$(printf '%s\n' "$log" | grep '^not ok' | text || :)
follow=
[ -z "$bad" ] || follow="\"$bad\""
if $met; then summary="Every assertion is met."; else summary="Not reached: $bad"; fi
answer "{\"milestoneId\": \"$milestone\", \"passed\": $met, \"summary\": \"$summary\",
  \"checks\": [{\"name\": \"sh tests/run.sh\", \"status\": \"$tests\", \"details\": \"$(printf '%s\n' "$log" | text)\"}],
  \"assertions\": [$assertions], \"followUps\": [$follow]}"
