# What tune refuses before it looks at the machine.
tune() {
	"$SONDE" tune "$@" 2>&1 | sed '/^Try /d'
}
tune --apply --restore
tune true
tune --apply true
tune -- true
tune --restore -- true
tune --apply --
tune --apply --json -- true
tune --restore --json
tune --aply
"$SONDE" tune --apply -- ./no-such-program; echo "$?"
"$SONDE" tune extra 2>/dev/null; echo "$?"
