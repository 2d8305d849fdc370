# keep: ids times
python3 "$DATA/store/make_store.py" "$SONDE_STORE" machine
"$SONDE" show --json | python3 -c '
import json, sys
document = json.load(sys.stdin)
for name in ("process.cpu_ratio", "process.cpu_ratio/sonde", "process.rss", "cpu.user_ratio/cpu1"):
    print(name, document["monitors"][name])
for task in document["tasks"]:
    print(task["name"], task["role"], task["tid"], task["cpus"], task["cpu_ns"], task["switches_voluntary"])
for counter in document["counters"]:
    print(counter["name"], counter["unit"], counter["state"], counter["value"])
print(document["syscalls"]["method"])
for call in document["syscalls"]["calls"]:
    print(call)
for lens in document["lenses"]:
    print(lens)'
