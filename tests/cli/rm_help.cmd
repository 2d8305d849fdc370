"$SONDE" rm --help
