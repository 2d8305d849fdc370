"$SONDE" report
