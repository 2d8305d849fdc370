"$SONDE" report --help
