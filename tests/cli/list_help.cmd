"$SONDE" list --help
