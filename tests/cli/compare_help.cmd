"$SONDE" compare --help
