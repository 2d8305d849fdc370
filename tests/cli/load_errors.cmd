# Letters that mean different things in wrk, wrk2 and Locust; options that exclude or need each other.
load() {
	"$SONDE" load "$@" 2>&1 | sed '/^Try /d'
}
load
load :8080/a :8080/b
load :8080 -t 2m
load :8080 -r 200
load :8080 -u 100 -R 5000
load :8080 -u 100 -c 100
load :8080 -H http://127.0.0.1:8080
load :8080 --think 1s
load :8080 -n 5 --once
load :8080 -n 5 --warmup 1s
load :8080 --stages 5000/s:30s,hold
load :8080 --stages 5000/s:30s,hold:1m --warmup auto
load :8080 --pipeline 8 --http2
load :8080 -m 8 --http1.1
load :8080 -k
load :8080 -- argument
load :8080 -s nowhere.lua
load :8080/x --targets nowhere.txt
load :8080 --targets nowhere.txt
load --targets nowhere.txt
load :8080 --speed 2
load :8080 --format html
load :8080 --csv-full-history
load :8080 --threshold 'p99 < 5'
load :8080 --abort-on 'login.p99 < 5s'
load :8080 --expect-regex '('
load :8080 --source localhost
load --curl 'wget :8080'
load :8080 --iteration 5
"$SONDE" load :8080 --threads 2m 2>/dev/null; echo "$?"
