-- takes a token from the first good answer into all later requests
local path = "/login"

function request()
	return wrk.format("GET", path)
end

function response(status, headers, body)
	if status == 200 and not wrk.headers["X-Token"] then
		wrk.headers["X-Token"] = headers["X-Token"]
		path = "/private"
	end
end
