#!/bin/sh
# now: the time of day. $1 is the handler's name, standard input the body; what is printed is the answer.
exec date -u +%Y-%m-%dT%H:%M:%SZ
