# keep: ids
# Nothing here comes as far as measuring.
command -v git >/dev/null || { echo "needs git" >&2; exit 77; }
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
export GIT_AUTHOR_NAME=Somebody GIT_AUTHOR_EMAIL=somebody@example.org GIT_AUTHOR_DATE=2024-01-01T00:00:00Z
export GIT_COMMITTER_NAME=Somebody GIT_COMMITTER_EMAIL=somebody@example.org GIT_COMMITTER_DATE=2024-01-01T00:00:00Z
try() { "$SONDE" prove "$@"; echo "$?"; }
mkdir toy bare none
printf 'name: toy\nservices: [{name: a, command: "./a ${mode}", build: "true"}]\n' >toy/sonde.yaml
printf 'load: {target: "http://127.0.0.1:9"}\narms: {plain: {mode: 1}, double: {mode: 2}}\n' >>toy/sonde.yaml
printf 'name: bare\nservices: [{name: a, command: ./a}]\n' >bare/sonde.yaml
printf 'name: none\nload: {target: "http://127.0.0.1:9"}\n' >none/sonde.yaml

# words and numbers
try a b c
try toy a b c
try main -- ./server
try --pairs 0
try --pairs 201
try --pairs many
try --delta 0
try --delta 1.9
try --delta 100
try --max-time soon
try --primary speed
try --paris 8
try --continue k7f3m9qa
try --continue --var mode=2
try --continue -d 1s

# plans
try
try missing.yaml
try bare
try none
try toy --var mode
try toy --load heavy

# sides, in no repository
try toy
try toy main
try toy mode=2
try toy plian double
try toy arm:plian double
try toy arm: double
try toy var:mode double
try toy var:port=1 double
try toy cmd: double
try toy patch:missing.diff
try toy rev:HEAD double

# and in one
git init -q -b main toy
try toy
git -C toy add -A
git -C toy commit -q -m "First"
try toy
try toy rev:HEAD~1
try toy HEAD~1
git -C toy branch feature
try toy featrue
try toy rev:featrue
git -C toy tag feature
try toy rev:feature
touch toy/patch.diff && try toy patch:toy/patch.diff 2>&1 | sed "s/: git apply: .*//" # git's words change
printf 'name: attached\nservices: [{name: a, attach: ":9"}]\nload: {target: "http://127.0.0.1:9"}\n' >toy/attached.yaml
try toy/attached.yaml rev:HEAD .

# proofs of before
try --continue
try --continue=nothing
python3 "$DATA/store/make_store.py" other single
try --continue --store other
