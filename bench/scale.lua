-- wrk -s scale.lua URL -- FILE TOKEN   each line of FILE in turn: a path to GET, or "form PATH BODY"
-- Ends with one line: p50 and p95 in microseconds, requests, those that were not 2xx or failed.

local requests, n = {}, 0

function init(args)
	local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
	for line in io.lines(args[1]) do
		local path, body = line:match("^form (%S+) (.*)$")
		requests[#requests + 1] = path and wrk.format("POST", path, form, body)
			or wrk.format("GET", line, { Authorization = "Bearer " .. args[2] })
	end
	assert(#requests > 0, "nothing to send")
end

function request()
	n = n % #requests + 1
	return requests[n]
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("result %d %d %d %d\n", latency:percentile(50), latency:percentile(95),
		summary.requests, e.status + e.connect + e.read + e.write + e.timeout))
end
