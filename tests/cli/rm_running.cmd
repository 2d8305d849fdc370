# An experiment is running while its owner lives: here the shell of this case.
python3 "$DATA/store/make_store.py" "$SONDE_STORE" gateway
python3 - "$SONDE_STORE/sonde.db" $$ <<'PYTHON'
import sqlite3, sys
pid = sys.argv[2]
start = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[19]
boot = open("/proc/sys/kernel/random/boot_id").read().strip()
db = sqlite3.connect(sys.argv[1])
db.execute("UPDATE experiment SET state='running', owner_pid=?, owner_start=?, owner_boot=?", (pid, start, boot))
db.commit()
PYTHON
"$SONDE" list --json | grep state
"$SONDE" rm @last; echo "$?"
python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute("UPDATE experiment SET owner_start=1"); db.commit()' "$SONDE_STORE/sonde.db"
"$SONDE" list --json | grep state
"$SONDE" rm @last
