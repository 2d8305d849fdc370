-- ends its thread at the third answer
local left = 3

function setup(thread)
	thread:stop() -- nothing runs yet: nothing happens
end

function response()
	left = left - 1
	if left == 0 then wrk.thread:stop() end
end
