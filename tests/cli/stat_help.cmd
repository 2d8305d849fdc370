"$SONDE" stat --help
