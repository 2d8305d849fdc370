-- three requests at once, the second one without a body in its answer
function init(args)
	local all = {wrk.format(nil, "/a"), wrk.format("HEAD", "/b"), wrk.format("POST", "/c", nil, "1\0002")}
	whole = table.concat(all)
end

function request()
	return whole
end
