# Builds one feature. The converter has a mistake that its author does not see: it takes "12.5" for 12 and 5 cents.
feature=$(asked featureId)
case $feature in
convert)
    files='"bin/ledger-convert"'
    cat >bin/ledger-convert <<'END'
#!/bin/sh
# ledger-convert FILE: the old format `name|amount` as the new one, amounts in whole cents.
set -eu
echo '#ledger 2'
awk -F'|' '{
    split($2, part, ".")
    printf "%s\t%d\n", $1, part[1] * 100 + part[2]
}' "$1"
END
    chmod +x bin/ledger-convert
    ;;
store)
    files='"lib/store.sh", "tests/store.test.sh"'
    mkdir -p lib
    cat >lib/store.sh <<'END'
# The new format: `#ledger 2`, then `name<TAB>cents`. Amounts go in and out as decimals.
store_list() { awk -F'\t' 'NR > 1 { printf "%s\t%.2f\n", $1, $2 / 100 }' "$1"; }
store_total() { awk -F'\t' 'NR > 1 { sum += $2 } END { printf "%.2f\n", sum / 100 }' "$1"; }
store_add() {
    [ -s "$1" ] || echo '#ledger 2' >"$1"
    printf '%s\t%s\n' "$2" "$(awk -v amount="$3" 'BEGIN { printf "%d", amount * 100 + 0.5 }')" >>"$1"
}
END
    cat >tests/store.test.sh <<'END'
. tests/same.sh
. lib/store.sh
file=$(mktemp)
trap 'rm -f "$file"' EXIT
store_add "$file" tea 2.40
store_add "$file" cake 3.5
same "header" "#ledger 2" "$(head -n 1 "$file")"
same "total in decimals" 5.90 "$(store_total "$file")"
same "list in decimals" "cake 3.50" "$(store_list "$file" | tail -n 1 | tr '\t' ' ')"
exit $status
END
    ;;
convert-tests)
    files='"tests/convert.test.sh"'
    cat >tests/convert.test.sh <<'END'
. tests/same.sh
file=$(mktemp)
trap 'rm -f "$file"' EXIT
for case in 3.20=320 12.5=1250 9.05=905 20=2000; do
    echo "x|${case%=*}" >"$file"
    same "${case%=*} in cents" "${case#*=}" "$(bin/ledger-convert "$file" | sed 1d | cut -f 2)"
done
same "header" "#ledger 2" "$(bin/ledger-convert "$file" | head -n 1)"
exit $status
END
    ;;
program)
    files='"bin/ledger"'
    cat >bin/ledger <<'END'
#!/bin/sh
# ledger list | ledger add NAME AMOUNT | ledger total
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/lib/store.sh"
file=${LEDGER:-$root/data/ledger.tsv}
[ -s "$file" ] || echo '#ledger 2' >"$file"
case ${1:-list} in
list) store_list "$file" ;;
add) store_add "$file" "$2" "$3" ;;
total) store_total "$file" ;;
*) echo "usage: ledger list | add NAME AMOUNT | total" >&2; exit 2 ;;
esac
END
    ;;
page)
    files='"README.md"'
    sed 's/in `data\/ledger.txt`: `name|amount`\./in `data\/ledger.tsv`: name, tab, whole cents, below the line `#ledger 2`./' README.md >README.md.new
    mv README.md.new README.md
    ;;
data)
    files='"data/ledger.tsv", "data/ledger.txt"'
    if [ -f data/ledger.txt ]; then
        bin/ledger-convert data/ledger.txt >data/ledger.tsv
        rm data/ledger.txt
    fi
    ;;
*)
    answer "{\"featureId\": \"$feature\", \"status\": \"failed\", \"summary\": \"I do not know how to build $feature.\"}"
    exit 0
    ;;
esac
answer "{\"featureId\": \"$feature\", \"status\": \"success\", \"summary\": \"Wrote what $feature asks for.\", \"filesChanged\": [$files]}"
