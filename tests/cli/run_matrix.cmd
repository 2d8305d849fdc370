# A matrix: its arms, a chosen part of them, how it is saved, and what is wrong with one. Thresholds on change.
cat > sonde.yaml <<'END'
services:
  - {name: web, command: "./web --port ${port} --workers ${workers} --trace ${tracing}", cpus: "${cpus}"}
load: {target: "http://127.0.0.1:${port}", users: "${users}", duration: 6s}
vars: {port: 8080, cpus: "0", tracing: off}
matrix: {workers: [1, 12], users: [100, 500], tracing: [on, off]}
thresholds: ["failures == 0", "cpu(web) workers=12 users=100 tracing=on / workers=1 users=100 tracing=on < 1.1"]
END
"$SONDE" run --check; echo "$?"
"$SONDE" run --check --only workers=12,users=100 --only tracing=off; echo "$?"
"$SONDE" run --dry-run --only workers=12,users=100 --save saved.yaml; echo "$?"
cat saved.yaml
"$SONDE" run --check saved.yaml
"$SONDE" run --check saved.yaml --only users=500
"$SONDE" run --only workers=3; echo "$?"
"$SONDE" run --only worker=1; echo "$?"
"$SONDE" run --only 12; echo "$?"
"$SONDE" run --only ""; echo "$?"
"$SONDE" run --only workers=1,workers=12; echo "$?"
"$SONDE" run --only workers=1 --url :8080; echo "$?"
"$SONDE" run --only workers=1 --more 2; echo "$?"
"$SONDE" run --check --var workers=4; echo "$?"
"$SONDE" run --check -u 50; echo "$?"
"$SONDE" run --check --abort-on 'cpu a/b < 1'; echo "$?"
"$SONDE" run --check --threshold 'cpu a/b < 1'; echo "$?"
sed -i 's/workers: \[1, 12\]/worker: [1, 12]/; /^thresholds/d' sonde.yaml
"$SONDE" run --check; echo "$?"
