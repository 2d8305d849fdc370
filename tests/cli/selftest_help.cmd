"$SONDE" selftest --help
