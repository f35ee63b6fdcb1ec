-- wrk -s wrk.lua URL -- reads TOKENS PATH   GET PATH, each with the next token of the file
-- wrk -s wrk.lua URL -- logins PATH USERS   POST the OAuth2 password form, each as the next user
-- Ends with one line: requests a second, of these answered 2xx or 3xx, p99 in microseconds, errors.

local requests, n = {}, 0

local function reads(file, path)
	for token in io.lines(file) do
		requests[#requests + 1] = wrk.format("GET", path, { Authorization = "Bearer " .. token })
	end
end

local function logins(path, users)
	local header = { ["Content-Type"] = "application/x-www-form-urlencoded" }
	-- Spread out, and another part of them each time the program is started.
	local step, at = 7919, os.time() * 104729
	for i = 1, 5000 do
		local body = string.format("grant_type=password&username=user%d%%40bench.example&password=%s",
			(at + i * step) % users + 1, "Correct-Horse-7-Battery")
		requests[i] = wrk.format("POST", path, header, body)
	end
end

function init(args)
	if args[1] == "reads" then
		reads(args[2], args[3])
	else
		logins(args[2], tonumber(args[3]))
	end
	assert(#requests > 0, "nothing to send")
end

function request()
	n = n % #requests + 1
	return requests[n]
end

function done(summary, latency)
	local e, seconds = summary.errors, summary.duration / 1e6
	io.write(string.format("result %.1f %.1f %d %d\n", summary.requests / seconds,
		(summary.requests - e.status) / seconds, latency:percentile(99),
		e.status + e.connect + e.read + e.write + e.timeout))
end
