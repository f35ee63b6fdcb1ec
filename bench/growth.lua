-- wrk -s growth.lua URL -- ROUTES TOKENS LEAVING COUNT: COUNT requests over every route of ROUTES (what
-- "gatehouse routes --all" prints), good and bad by turns, then stop. The first of TOKENS is the admin's;
-- LEAVING are for logging out. No HEAD: wrk waits for its body. Ends with one line: how many were answered
-- 2xx or 3xx, 4xx, 5xx.

local json, form, bytes = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
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

-- What answers have named: accounts that may be changed and deleted, and what one user keeps.
local made = { users = {}, documents = {}, files = {}, mail = {} }
local nobody = "00000000-0000-4000-8000-000000000000"
local embedding = "[" .. string.rep("0.25,", 383) .. "0.5]"

local function said(text) return function() return text end end
local function empty() return "" end

local function document()
	return string.format('{"title":"Growing %d","content":"What is kept.","metadata":{"n":%d},"embedding":%s}',
		sent, sent % 7, embedding)
end

local function account() return string.format('{"email":"m%d-%d@bench.example","password":"%s","is_active":%s}',
	os.time(), sent, password, tostring(sent % 2 == 0)) end

local function everybody(operation)
	return function()
		return string.format('{"user_ids":["%s","%s"],"operation":"%s"}', made.users[#made.users] or nobody, nobody, operation)
	end
end

local link, address = said('{"token":"no-such-token"}'), function()
	return string.format('{"email":"user%d@bench.example"}', 1 + sent % 90000)
end
local new_password = said('{"token":"no-such-token","new_password":"' .. password .. '8"}')
local changed = said('{"current_password":"not-the-one-I-have-7","new_password":"' .. password .. '8","confirm_password":"' ..
	password .. '8"}')

-- What a route needs to succeed: bodies by operationId, each {media, function}. A route that takes a body
-- and has no row here stops the run, so that no new one is left out. What would end the tokens of the others
-- is asked for in a way that is refused.
local good = {
	me_secret_put = { { json, empty } },
	me_secret_drop = { { json, empty } },
	me_deactivate = { { json, said('{"confirm":false}') } },
	me_change_password = { { json, changed } },
	me_password = { { json, changed } },
	auth_me_password = { { json, changed } },
	me_sessions_end = { { json, empty } },
	me_session_end = { { json, empty } },
	verify_email_request = { { json, address } },
	verify_email_confirm = { { json, link } },
	reset_password_request = { { json, address } },
	reset_password_confirm = { { json, new_password } },
	undo_email_change = { { json, link } },
	users_send_reset = { { json, empty } },
	users_create = { { json, account } },
	users_bulk = { { json, everybody("activate") }, { json, everybody("deactivate") } },
	users_patch = { { json, change } },
	users_put = { { json, change } },
	users_delete = { { json, empty } },
	users_activate = { { json, empty } },
	users_deactivate = { { json, empty } },
	users_unlock = { { json, empty } },
	users_sessions_end = { { json, empty } },
	mail_retry = { { json, empty } },
	documents_create = { { json, document } },
	documents_batch = { { json, function() return '{"documents":[' .. document() .. "," .. document() .. "]}" end } },
	documents_search = { { json, said('{"limit":10,"filter":{"n":3},"embedding":' .. embedding .. "}") } },
	documents_patch = { { json, said('{"content":"Something else."}') } },
	documents_delete = { { json, empty } },
	files_create = { { bytes, said(string.rep("bytes ", 5000)) } },
	files_put = { { bytes, said("few") } },
	files_delete = { { json, empty } },
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

-- The thing that a path is about, whichever it is by then; a deletion takes it away.
local function capture(path, gone)
	local kind = path:match("/(%a+)/{id}")
	local list = made[kind] or {}
	local id = list[#list] or nobody
	if gone then list[#list] = nil end
	return (path:gsub("{id}", id):gsub("{file}", "init.js"))
end

local bad_bodies = { "", "{", '{"email":5,"password":[],"username":{},"refresh_token":null,"full_name":""}',
	'{"email":"a@b.example","email":"c@d.example"}', '{"nobody":"knows this"}', string.rep("[", 40), "\255\254",
	string.rep("x", 70000) }

local function variant(method, path, content_type, body, whose)
	variants[#variants + 1] = function()
		local headers = {}
		if content_type then headers["Content-Type"] = content_type end
		local token
		if whose == "admin" then token = tokens[1] end
		if whose == "user" then token = tokens[3 + sent % (#tokens - 2)] end
		if whose == "keeper" then token = tokens[2] end
		if whose == "leaving" then token = pop(leaving) end
		if whose == "forged" then token = tokens[2]:sub(1, -3) .. "AA" end
		if token then headers["Authorization"] = "Bearer " .. token end
		return wrk.format(method, capture(path, method == "DELETE" and token), headers, body and body() or nil)
	end
end

local function add(method, path, access, id)
	local whose = access == "admin" and "admin" or access == "user" and "user" or nil
	if id == "logout" then whose = "leaving" end
	if id:match("^documents_") or id:match("^files_") then whose = "keeper" end
	if id == "files_create" then path = path .. "?name=growing.bin" end
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
	variant("DELETE", path:gsub("%?.*", "") .. "/nothing-here")
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

local function keep(list, id)
	if id and #list < 1000 then list[#list + 1] = id end
end

function response(status, _, body)
	local class = math.floor(status / 100)
	local n = class <= 3 and 1 or class - 2
	seen[n] = seen[n] + 1
	if status >= 500 and seen[3] < 10 then io.stderr:write(status, " ", body, "\n") end
	local token = status == 200 and body:match('"refresh_token":"([^"]+)"')
	if token then refresh[#refresh + 1] = token end
	if status == 201 or status == 200 then
		keep(made.documents, body:match('^{"id":"([^"]+)","title"'))
		keep(made.files, body:match('^{"id":"([^"]+)","name"'))
		if status == 201 then keep(made.users, body:match('"id":"([^"]+)","email":"m%d')) end
	end
	answered = answered + 1
	if answered == limit then
		io.write(string.format("result %d %d %d\n", seen[1], seen[2], seen[3]))
		io.stdout:flush()
		os.exit(0) -- thread:stop() would leave wrk asleep until its time is up
	end
end
