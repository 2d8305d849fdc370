"$SONDE" tag --help
