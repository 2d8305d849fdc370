-- no function at all: the same POST each time
wrk.method = "POST"
wrk.body = "name=value"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
