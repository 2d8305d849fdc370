"$SONDE" top --help
