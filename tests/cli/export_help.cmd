"$SONDE" export --help
