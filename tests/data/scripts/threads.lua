-- values to the threads and back
local count = 0
local threads = {}

function setup(thread)
	count = count + 1
	thread:set("id", count)
	thread:set("options", {name = "thread", [1] = true, deep = {zero = "a\0b", none = 0.5}})
	thread:set("nothing", nil)
	threads[count] = thread
end

function init(args)
	assert(options.deep.zero == "a\0b" and options.deep.none == 0.5 and options[1] == true)
	assert(nothing == nil)
	sent, answered = 0, {count = 0}
end

function request()
	sent = sent + 1
	return wrk.request()
end

function response()
	answered.count = answered.count + 1
	assert(wrk.thread:get("id") == id)
end

function done()
	total = 0
	for index, thread in ipairs(threads) do
		assert(thread:get("id") == index)
		total = total + thread:get("sent") + 1000 * thread:get("answered").count
	end
	if total ~= 3005 then error("total is " .. total) end
end
