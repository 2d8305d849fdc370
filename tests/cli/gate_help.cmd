"$SONDE" gate --help
