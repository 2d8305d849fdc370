-- another path and header in each request
local number = 0

function request()
	wrk.headers["X-Number"] = number
	local bytes = wrk.format(nil, "/item/" .. number)
	number = number + 1
	return bytes
end
