# Every command has a man page, and every option of its help text stands in it (mdoc: .It Fl x , Fl -name).
pages="$DATA/../../docs/man"
for verb in $("$SONDE" help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p'); do
	page="$pages/sonde-$verb.1"
	test -f "$page" || { echo "$verb: no man page"; continue; }
	grep -q "^.It Xr sonde-$verb 1" "$pages/sonde.1" || test "$verb" = help || echo "$verb: not in sonde.1"
	grep -q "'$verb'" "$pages/meson.build" || echo "$verb: not installed"
	"$SONDE" help "$verb" 2>/dev/null | sed -n 's/^  \(-[^ ]*\|  \)[, ]*\(--[a-z0-9.-]*\)*.*/\1 \2/p' |
	while read -r letter name; do
		for option in $letter $name; do
			option=${option#-}
			grep -q "^\.It.* Fl ${option%,}\( \|\$\)" "$page" || echo "$verb: -$option is not in $(basename "$page")"
		done
	done
	echo "$verb"
done
