# keep: ids
# Nothing here comes as far as measuring.
command -v git >/dev/null || { echo "needs git" >&2; exit 77; }
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Somebody GIT_AUTHOR_EMAIL=somebody@example.org GIT_AUTHOR_DATE=2024-01-01T00:00:00Z
export GIT_COMMITTER_NAME=Somebody GIT_COMMITTER_EMAIL=somebody@example.org GIT_COMMITTER_DATE=2024-01-01T00:00:00Z
unset GITHUB_STEP_SUMMARY
try() { "$SONDE" gate "$@"; echo "$?"; }

# words and numbers
try a b
try -- ./server
try --against
try --against ""
try --against main --baseline x.sonde
try --against main --selftest
try --pairs 8
try --baseline x.sonde --max-time 1m
try --against main --repeat 8
try --selftest --json
try --inconclusive maybe
try --delta 1
try --delta 1 --bisect
try --bisect --junit
try burn
try --self-burn 257

# plans and baselines
try
try --bisect
mkdir toy
printf 'name: toy\nservices: [{name: a, command: ./a, build: "false"}]\nload: {target: "http://127.0.0.1:9"}\n' >toy/sonde.yaml
try toy
try toy --bisect
echo "no store" >text.sonde
try toy --baseline text.sonde
try toy --baseline missing.sonde
try toy --against main

# revisions
git init -q -b main toy
git -C toy add -A
git -C toy commit -q -m "First"
try toy --against nothing
try toy --against nothing --bisect
try toy --against main --junit same.xml --markdown same.md
cat same.md
GITHUB_STEP_SUMMARY=summary.md "$SONDE" gate toy --against main --json=same.json && test -s summary.md && test -s same.json
git clone -q --depth 1 "file://$PWD/toy" shallow
try shallow --against main~1
