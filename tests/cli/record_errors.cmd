# What record refuses before anything is started: targets, stacks, events, and files that it does not write.
record() {
	"$SONDE" record "$@" 2>&1 | sed '/^Try /d'
}
record
record -a -p 1
record -p no-such-program
record --stacks lbr -- true
record --stacks dwarf,64 -- true
record --stacks dwarf --call-graph fp -- true
record --stacks deep -- true
record --stacks dwarf,deep -- true
record -F 20000 -- true
record -c 0 -- true
record -e no-such-event -- true
record -e task-clokc -- true
record -e page-faults -e cpu-clock,faults -- true
record -e cycles,,faults -- true
record --syscalls=foo -- true
record --counters=no-such-event -- true
record -b -- true
record -t 1 -- true
record --raw -- true
record --json -- true
record -o perf.data -- true
record -o results/night.data -- true
record -o profile.json -- true
record -o - -- true
"$SONDE" record -o perf.data -- true 2>/dev/null; echo "$?"
"$SONDE" record --stacks deep -- true 2>/dev/null; echo "$?"
"$SONDE" record -e no-such-event -- true 2>/dev/null; echo "$?"
"$SONDE" record ./no-such-program; echo "$?"
ls
