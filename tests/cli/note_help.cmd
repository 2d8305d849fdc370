"$SONDE" note --help
