-- each thread goes to the last address that answers
function setup(thread)
	local found = {}
	for _, address in ipairs(wrk.lookup(wrk.host, wrk.port)) do
		if wrk.connect(address) then found[#found + 1] = address end
	end
	first = tostring(thread.addr)
	thread.addr = found[#found]
	thread:set("shown", tostring(thread.addr))
end

function init(args)
	assert(tostring(wrk.thread.addr) == shown)
end
