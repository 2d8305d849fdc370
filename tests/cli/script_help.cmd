"$SONDE" script --help
