-- 10, 11, … milliseconds before each request
local next_ms = 10

function delay()
	next_ms = next_ms + 1
	return next_ms - 1
end
