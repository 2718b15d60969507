#!/bin/sh
# Makes the demo's repository: a small shell program with tests, one commit on `main`.
# usage: setup.sh DIR        prints DIR
set -eu
dir=${1:?usage: setup.sh DIR}
agents=$(cd "$(dirname "$0")/agents" && pwd)
mkdir -p "$dir"
cd "$dir"
[ -z "$(ls -A)" ] || { echo "setup.sh: $dir is not empty" >&2; exit 2; }
mkdir .mission bin data tests

# What proves the work, and who does it. Runs are kept beside these files and are not committed.
printf '%s\n' '*' '!.gitignore' '!config.yaml' '!agents.yaml' >.mission/.gitignore
printf 'checks:\n  - { name: tests, run: sh tests/run.sh }\n' >.mission/config.yaml
printf '"*": "%s/agent.sh"\n' "$agents" >.mission/agents.yaml

cat >README.md <<'END'
# ledger

Keeps what was spent, one line per expense, in `data/ledger.txt`: `name|amount`.

    bin/ledger list
    bin/ledger add coffee 3.20
    bin/ledger total

Tests: `sh tests/run.sh`
END

cat >bin/ledger <<'END'
#!/bin/sh
# ledger list | ledger add NAME AMOUNT | ledger total
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
file=${LEDGER:-$root/data/ledger.txt}
case ${1:-list} in
list) awk -F'|' '{ printf "%s\t%s\n", $1, $2 }' "$file" ;;
add) printf '%s|%s\n' "$2" "$3" >>"$file" ;;
total) awk -F'|' '{ sum += $2 } END { printf "%.2f\n", sum }' "$file" ;;
*) echo "usage: ledger list | add NAME AMOUNT | total" >&2; exit 2 ;;
esac
END
chmod +x bin/ledger

cat >data/ledger.txt <<'END'
coffee|3.20
train|12.5
lunch|9.05
book|20
END

cat >tests/run.sh <<'END'
#!/bin/sh
# Runs every tests/*.test.sh; fails if one of them does.
cd "$(dirname "$0")/.." || exit 1
failed=0
for test in tests/*.test.sh; do
    echo "# $test"
    sh "$test" || failed=1
done
exit $failed
END

cat >tests/same.sh <<'END'
# same WHAT EXPECTED FOUND: one line of the test's output.
status=0
same() {
    if [ "$2" = "$3" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1: expected $2, found $3"
        status=1
    fi
}
END

cat >tests/ledger.test.sh <<'END'
. tests/same.sh
LEDGER=$(mktemp)
export LEDGER
trap 'rm -f "$LEDGER"' EXIT
bin/ledger add tea 2.40
bin/ledger add cake 3.5
same "total of two expenses" 5.90 "$(bin/ledger total)"
same "number of expenses" 2 "$(bin/ledger list | wc -l | tr -d ' ')"
exit $status
END

git init -q
git symbolic-ref HEAD refs/heads/main
git config user.name demo
git config user.email demo@example.org
git config commit.gpgsign false
git add .
git commit -q -m "ledger: a shell program that adds up expenses"
printf '%s\n' "$dir"
