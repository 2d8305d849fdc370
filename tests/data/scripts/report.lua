-- writes what done() is given, one fact a line, to the file named behind `--`
function setup(thread)
	reporter = thread
end

function init(args)
	file = args[1]
end

function done(summary, latency, requests)
	local out = assert(io.open(reporter:get("file"), "w"))
	local function say(...) out:write(string.format(...), "\n") end
	say("duration %d requests %d bytes %d", summary.duration, summary.requests, summary.bytes)
	local e = summary.errors
	say("errors %d %d %d %d %d", e.connect, e.read, e.write, e.status, e.timeout)
	say("latency %d %d %.3f %.3f", latency.min, latency.max, latency.mean, latency.stdev)
	for _, p in ipairs({0, 50, 90, 99, 99.999, 100}) do
		say("p%g %d", p, latency:percentile(p))
	end
	say("distinct %d", #latency)
	for i = 1, #latency do
		say("%d: %d x %d", i, latency(i))
	end
	say("beyond %d x %d", latency(#latency + 1))
	say("requests %d %d %.2f %.4f p50 %d", requests.min, requests.max, requests.mean, requests.stdev,
		requests:percentile(50))
	say("unknown %s", tostring(latency.unknown))
	out:close()
end
