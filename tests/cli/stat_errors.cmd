# What stat refuses before anything is started: targets, intervals, formats, events.
stat() {
	"$SONDE" stat "$@" 2>&1 </dev/null | sed '/^Try /d'
}
stat
stat --
stat -a -p 1
stat -p 1 true
stat -a true
stat -- ./no-such-program
stat -p no-such-program
stat -p 999999999
stat -p 1 0.001
stat -p 1 1 0
stat -p 1 1 many
stat -p 1 1 5 9
stat -I 0 true
stat -I soon true
stat -I 10 true
stat -x ';' true
stat --csv --json true
stat -o out.csv --json true
stat -o out.json --csv true
stat -o one --json=other true
stat --live true
stat --live -a
stat --live --csv -a
stat --live --like pidstat
stat --live -a 1 5
stat --like unknown
stat --like 'pidstat -z'
stat --like pidstat --like-what
stat --csv --like 'pidstat -u -r'
stat --root a
stat --root a --like mpstat
stat --syscalls=foo true
stat --syscalls=ptrace -a
stat -e task-clokc true
stat -e no-such-event true
stat -e page-faults,page-faults true
stat -e page-faults -e faults true
stat -e cycles -e cycles:u,cycles true
stat -e no-such-thing:at-all,no-such-thing:at-all true
stat -e page-faults, true
stat -e '' true
stat -r 3 true
stat --counters true
"$SONDE" stat --live true 2>/dev/null </dev/null; echo "$?"
"$SONDE" stat -e no-such-event true 2>/dev/null; echo "$?"
"$SONDE" stat --syscalls=foo true 2>/dev/null; echo "$?"
"$SONDE" stat -- ./no-such-program 2>/dev/null; echo "$?"
"$SONDE" stat -p 999999999 2>/dev/null; echo "$?"
ls
