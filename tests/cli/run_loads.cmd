# Named loads: chosen, checked with the plan, and what is wrong with them.
cat > sonde.yaml <<'EOF'
load:
  target: http://127.0.0.1:${port}
  connections: 100
  duration: 6s
vars: {port: 8080}
loads:
  heavy: {connections: 500}
  people: {connections: , users: 50, spawn_rate: 10/s, think_time: 1s}
EOF
"$SONDE" run --load heavy --check; echo "$?"
"$SONDE" run --load people --check -d 3s; echo "$?"
"$SONDE" run --load people --check -c 5; echo "$?"
"$SONDE" run --load all --check; echo "$?"
"$SONDE" run --load hevy --check; echo "$?"
"$SONDE" run --load heavy --url :8080; echo "$?"
sed -i 's/users: 50/usrs: 50/' sonde.yaml
"$SONDE" run --check; echo "$?"
sed -i 's/usrs: 50/users: 50, rate: 5/' sonde.yaml
"$SONDE" run --check; echo "$?"
sed -i '/^loads/,$d' sonde.yaml
"$SONDE" run --load all --check; echo "$?"
