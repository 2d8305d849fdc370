"""What a load cannot be made of: each is told in a sentence with a status other than 0, nothing hangs, nothing is left."""
import os
import shutil
import subprocess

from bad_server import GOOD, PATIENCE_S, BadServer, answers
from harness import (SONDE, contains, done, environment, equal, matches, ok, processes_with, skip, sonde, sonde_json,
                     temporary_folder, write)

USAGE, NOT_MEASURED = 64, 5


def refused(what, status, sentence, *options, url=None, is_measured=False, wrapper=()):
    result = sonde(FOLDER, "load", "-t", "1", *options, URL if url is None else url, timeout=PATIENCE_S, cwd=FOLDER,
                   wrapper=wrapper)
    equal(result.status, status, f"{what}: status {status}")
    contains(result.err, sentence, f"{what}: the sentence")
    ok(len([line for line in result.err.splitlines() if line.startswith("sonde")]) <= 3, f"{what}: and not many of them",
       result.err)
    ok(is_measured or result.out == "", f"{what}: no result", result.out)


def test_data():
    for name, text in (("two.csv", "a,b\n1,2\n3,4\n"), ("one.csv", "x\n1\n2\n"), ("empty.csv", ""), ("head.csv", "a,b\n"),
                       ("short.csv", "a,b\n1\n"), ("quote.csv", 'a,b\n1,"2\n'), ("bad.jsonl", '{"a":1}\n{"a":\n')):
        write(os.path.join(FOLDER, name), text)
    amount = ("-n", "4")
    for what, status, sentence, url, *options in (
            ("a column that is not there", USAGE, "no column 'c'; it has a, b", "${c}", "--data", "two.csv"),
            ("one column where three are wanted", USAGE, "no column 'a'; it has x", "${a}/${b}/${c}", "--data", "one.csv"),
            ("a template that is not closed", USAGE, "'${' without", "${a", "--data", "two.csv"),
            ("a template without a name", USAGE, "'${' without", "${}", "--data", "two.csv"),
            ("an empty file", USAGE, "the file is empty", "", "--data", "empty.csv"),
            ("no line of data", USAGE, "no line of data", "", "--data", "head.csv"),
            ("a line too short", USAGE, "short.csv:2: 1 column where the first line names 2", "", "--data", "short.csv"),
            ("a quote that is not closed", USAGE, "quote.csv:2: the quote", "", "--data", "quote.csv"),
            ("a line that is no JSON", USAGE, "bad.jsonl:2: ", "", "--data", "bad.jsonl"),
            ("a file that is not there", NOT_MEASURED, "No such file", "", "--data", "nowhere.csv"),
            ("a folder", NOT_MEASURED, "Is a directory", "", "--data", "."),
            ("fewer rows than users", USAGE, "2 rows", "", "--data", "two.csv", "--order", "per_user", "-c", "5")):
        refused(what, status, sentence, *amount, *options, url=URL + url)
    refused("--once without data", USAGE, "'data'", "--once")
    refused("--once and an amount", USAGE, "take one of them", "--once", "--data", "two.csv", "-n", "4")
    document, result = sonde_json(FOLDER, "load", "-t", "1", "-c", "1", "--once", "--data", "two.csv", "-d", "20s", URL,
                                  cwd=FOLDER, timeout=PATIENCE_S)
    ok(document is not None and document["requests"] == 2, "a data file that ends: so does the load, before its time", result)


def test_scripts():
    for what, sentence, text, is_measured in (
            ("a syntax error", "script.lua:", "function request(\n", False),
            ("an error at the top", "script.lua:1: at the top", 'error("at the top")', False),
            ("an error in setup()", "script.lua:1: in setup", 'function setup(t) error("in setup") end', False),
            ("an error in init()", "script.lua:1: in init", 'function init(a) error("in init") end', False),
            ("an error in request()", "script.lua:1: boom", 'function request() error("boom") end', False),
            ("request() gives nothing", "request() gave a nil", "function request() return nil end", False),
            ("request() gives a number", "request() gave a number", "function request() return 42 end", False),
            ("half a request", "ends before the empty line", 'function request() return "GET / HTTP/1.1\\r\\n" end', False),
            ("an empty request", "request", 'function request() return "" end', False),
            ("an error in delay()", "script.lua:1: late", 'function delay() error("late") end', True),
            ("delay() gives words", "number of milliseconds", 'function delay() return "x" end', True),
            ("an error in response()", "script.lua:1: no", 'function response(s, h, b) error("no") end', True),
            ("an error in done()", "script.lua:1: at the end", 'function done(s, l, r) error("at the end") end', True)):
        write(os.path.join(FOLDER, "script.lua"), text)
        refused(what, USAGE, sentence, "-n", "4", "-s", "script.lua", is_measured=is_measured)
    refused("a script that is not there", NOT_MEASURED, "No such file", "-n", "4", "-s", "nowhere.lua")


def test_flags():
    for what, sentence, *options in (
            ("more threads than connections", "'threads'", "-t", "3", "-c", "2"),
            ("-t as a time", "-t is threads; -d 2m", "-t", "2m"),
            ("users at a rate", "take one of them", "-u", "3", "-R", "10"),
            ("users and connections", "-u and -c exclude each other", "-u", "3", "-c", "5"),
            ("a pipeline that closes", "exclude each other", "--pipeline", "4", "--close"),
            ("pipeline and streams", "--streams", "--pipeline", "4", "-m", "4"),
            ("two protocols", "exclude each other", "--http2", "--http1.1"),
            ("think time at a rate", "--think", "--think", "1s", "-R", "10"),
            ("an amount with a warm-up", "exclude each other", "-n", "4", "--warmup", "1s"),
            ("a script for HTTP/2", "HTTP/1.1", "-s", "script.lua", "--http2"),
            ("-k without TLS", "https", "-k"),
            ("a status that is none", "100 to 599", "--expect-status", "9999"),
            ("an expression that is none", "regular expression", "--expect-regex", "("),
            ("a method that is none", "method", "-X", "GE T"),
            ("a header without a colon", "Name: value", "-H", "no colon"),
            ("a header of two lines", "line end", "-H", "X: a\nb"),
            ("an amount of 0", "-n", "-n", "0"),
            ("a rate of 0", "-R", "-R", "0"),
            ("a rate beyond all machines", "at most 10,000,000", "-R", "1e9"),
            ("a timeout of 0", "--timeout", "--timeout", "0"),
            ("a stage without a time", "duration", "--stages", "5:x"),
            ("a CA that is none", "PEM", "--cacert", "two.csv", "--connect-to", "127.0.0.1:1"),
            ("a source that is no address", "127.0.0.2", "--source", "nonsense")):
        url = URL.replace("http:", "https:") if "--cacert" in options else None
        refused(what, USAGE, sentence, *(("-d", "1s") if "-n" not in options else ()), *options, url=url)


def test_addresses():
    for what, sentence, *options in (
            ("a name that is not there", "cannot resolve 'nowhere.invalid'", "--connect-to", "nowhere.invalid:80"),
            ("a socket that is not there", "no such file", "--unix-socket", "/nowhere/at/all"),
            ("a socket that is a file", "connection refused", "--unix-socket", os.path.join(FOLDER, "two.csv")),
            ("a source of another machine", "'192.0.2.1': it is no address of this machine", "--source", "192.0.2.1")):
        refused(what, NOT_MEASURED, sentence, "-n", "4", *options)


def test_amount_that_nobody_does():
    """The stages send the users home before the work is done: the load ends then."""
    document, result = sonde_json(FOLDER, "load", "-t", "2", "-u", "4", "--stages", "4:50ms,0:50ms", "-n", "100000000", URL,
                                  timeout=PATIENCE_S)
    if ok(document is not None, "users gone before the work is done: there is an end", result):
        equal(document["requests"], document["offered"], "users gone before the work is done: what was sent was answered")
    document, result = sonde_json(FOLDER, "load", "-t", "2", "-u", "4", "--think", "60s", "-n", "4", URL, timeout=PATIENCE_S)
    ok(document is not None and document["requests"] == 4, "an amount that is done: nobody waits for those who think", result)


def test_descriptors():
    limited = ["sh", "-c", 'ulimit -n 100; exec "$0" "$@"']
    refused("no descriptors for so many connections", NOT_MEASURED, "200 connections need more open files than the limit of 100",
            "-c", "200", "-n", "10", wrapper=limited)
    refused("no descriptors at all", NOT_MEASURED, "open files", "-n", "10", wrapper=["sh", "-c", 'ulimit -n 20; exec "$0" "$@"'])
    # a soft limit that is too low is raised
    document, result = sonde_json(FOLDER, "load", "-t", "1", "-c", "200", "-n", "400", URL, timeout=PATIENCE_S,
                                  wrapper=["sh", "-c", 'ulimit -Sn 100; exec "$0" "$@"'])
    ok(document is not None and document["requests"] == 400, "a soft limit is raised", result)


PORTS = r'''
ip link set lo up && echo "40000 40015" > /proc/sys/net/ipv4/ip_local_port_range || exit 99
python3 -c '
import sys
sys.path.insert(0, sys.argv[1])
from bad_server import *
print(BadServer(answers(GOOD)).port, flush=True)
sys.stdin.read()' "$TESTS" < "$HOLD" > port & server=$!
exec 9> "$HOLD"
until [ -s port ]; do sleep 0.05; done
"$SONDE" load -t 1 -c 40 -n 200 "http://127.0.0.1:$(cat port)/" > out 2>&1; echo "status $?"
"$SONDE" show | grep -A3 ^failures
"$SONDE" load -t 1 -c 40 -n 200 --source 127.0.0.2 --source 127.0.0.3 --source 127.0.0.4 "http://127.0.0.1:$(cat port)/" 2>&1
exec 9>&-; wait $server
'''


def test_ports():
    """In a network of its own, where there are 16 local ports."""
    if shutil.which("unshare") is None or shutil.which("ip") is None or \
            subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        skip("no local ports", "needs unshare -n and ip")
        return
    folder = temporary_folder()
    hold = os.path.join(folder, "hold")
    os.mkfifo(hold)
    result = subprocess.run(["unshare", "-n", "sh", "-c", PORTS], cwd=folder, capture_output=True, text=True, timeout=60,
                            env=environment(folder, SONDE=SONDE, HOLD=hold, TESTS=os.path.dirname(os.path.abspath(__file__))))
    if result.returncode == 99:
        skip("no local ports", "the range of local ports cannot be set here")
        return
    matches(result.stdout, r"connect +.*no local port left.*--source", "no local ports: said, with what helps")
    matches(result.stdout, r"^requests: 200 answered, 0 failed", "three sources: ports for all")


FOLDER = temporary_folder()
SERVER = BadServer(answers(GOOD))
URL = f"http://127.0.0.1:{SERVER.port}/"
test_data()
test_scripts()
test_flags()
test_addresses()
test_amount_that_nobody_does()
test_descriptors()
test_ports()
SERVER.end()
equal(processes_with(FOLDER), [], "no process is left")
done()
