"$SONDE" list
"$SONDE" list --json
"$SONDE" list --store nowhere
