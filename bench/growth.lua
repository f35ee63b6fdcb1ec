-- wrk -s growth.lua URL -- ROUTES TOKENS LEAVING COUNT: COUNT requests over every route of ROUTES (what
-- "gatehouse routes --all" prints), good and bad by turns, then stop. The first of TOKENS is the admin's;
-- LEAVING are for logging out. No HEAD: wrk waits for its body. Ends with one line: how many were answered
-- 2xx or 3xx, 4xx, 5xx.

local json, form = "application/json", "application/x-www-form-urlencoded"
local password = "Correct-Horse-7-Battery"
local tokens, leaving, sent, answered, limit = {}, {}, 0, 0, 0
local refresh = { "none-yet" } -- taken from the answers of the log-ins
local seen = { 0, 0, 0 }
local variants = {}

local function pop(list) return #list > 1 and table.remove(list) or list[1] end

local function credentials(kind)
	local name = string.format("user%d@bench.example", 1 + sent % 90000)
	if kind == json then
		return string.format('{"username":"%s","password":"%s"}', name, password)
	end
	return "grant_type=password&username=" .. name:gsub("@", "%%40") .. "&password=" .. password
end

local function register()
	return string.format('{"email":"g%d-%d@bench.example","password":"%s","full_name":"Growing"}',
		os.time(), sent, password)
end

local function change() return string.format('{"full_name":"Bench %d"}', sent) end

local function wrong_password()
	return '{"password":"' .. password .. '9","current_password":"not-the-one-I-have-7"}'
end

-- What a route needs to succeed: bodies by operationId, each {media, function}. A route that takes a body
-- and has no row here stops the run, so that no new one is left out.
local good = {
	register = { { json, register } },
	signup = { { json, register } },
	users_register = { { json, register } },
	login = { { form, function() return credentials(form) end }, { json, function() return credentials(json) end } },
	token = { { form, function() return credentials(form) end },
		{ form, function() return "grant_type=refresh_token&refresh_token=" .. pop(refresh) end } },
	refresh = { { json, function() return '{"refresh_token":"' .. pop(refresh) .. '"}' end } },
	logout = { { json, function() return "" end }, { json, function() return '{"refresh_token":"' .. pop(refresh) .. '"}' end } },
	auth_me_patch = { { json, change }, { json, wrong_password } },
	auth_me_put = { { json, change } },
	me_patch = { { json, change }, { json, wrong_password } },
	me_put = { { json, change } },
}
local captures = { file = "init.js" }
local bad_bodies = { "", "{", '{"email":5,"password":[],"username":{},"refresh_token":null,"full_name":""}',
	'{"email":"a@b.example","email":"c@d.example"}', '{"nobody":"knows this"}', string.rep("[", 40), "\255\254",
	string.rep("x", 70000) }

local function variant(method, path, content_type, body, whose)
	variants[#variants + 1] = function()
		local headers = {}
		if content_type then headers["Content-Type"] = content_type end
		local token
		if whose == "admin" then token = tokens[1] end
		if whose == "user" then token = tokens[2 + sent % (#tokens - 1)] end
		if whose == "leaving" then token = pop(leaving) end
		if whose == "forged" then token = tokens[2]:sub(1, -3) .. "AA" end
		if token then headers["Authorization"] = "Bearer " .. token end
		return wrk.format(method, path, headers, body and body() or nil)
	end
end

local function add(method, path, access, id)
	path = path:gsub("{(%w+)}", captures)
	local whose = access == "admin" and "admin" or access == "user" and "user" or nil
	if id == "logout" then whose = "leaving" end
	if method == "GET" then
		for _, query in ipairs({ "", "?page=2&size=100", "?page=nine&size=&size=2" }) do
			variant("GET", path .. query, nil, nil, whose)
		end
	else
		assert(good[id], "no good body is known for " .. id)
		for _, b in ipairs(good[id]) do
			variant(method, path, b[1], b[2], whose)
			variant(method, path, b[1], b[2], whose)
		end
		for i = 1, 4 do
			local body = bad_bodies[1 + (#variants + i * 3) % #bad_bodies]
			variant(method, path, i == 4 and "text/plain" or good[id][1][1], function() return body end, whose)
		end
	end
	if access ~= "anyone" then
		variant(method, path, json, nil, nil)
		variant(method, path, json, nil, "forged")
	end
	if access == "admin" then variant(method, path, json, nil, "user") end
	variant("OPTIONS", path)
	variant("DELETE", path .. "/nothing-here")
	variant("TRACE", path)
end

local function lines(path)
	local list = {}
	for line in io.lines(path) do list[#list + 1] = line end
	return list
end

function init(args)
	tokens, leaving, limit = lines(args[2]), lines(args[3]), tonumber(args[4])
	for _, line in ipairs(lines(args[1])) do
		add(line:match("^(%S+)%s+(%S+)%s+(%S+)%s+(%S+)"))
	end
end

function request()
	sent = sent + 1
	return variants[1 + sent % #variants]()
end

function response(status, _, body)
	local class = math.floor(status / 100)
	local n = class <= 3 and 1 or class - 2
	seen[n] = seen[n] + 1
	if status >= 500 and seen[3] < 10 then io.stderr:write(status, " ", body, "\n") end
	local token = status == 200 and body:match('"refresh_token":"([^"]+)"')
	if token then refresh[#refresh + 1] = token end
	answered = answered + 1
	if answered == limit then
		io.write(string.format("result %d %d %d\n", seen[1], seen[2], seen[3]))
		io.stdout:flush()
		os.exit(0) -- thread:stop() would leave wrk asleep until its time is up
	end
end
