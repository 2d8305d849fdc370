"$SONDE" list @last
