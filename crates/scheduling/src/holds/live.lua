-- All kept holds of a town, token and value in turn.
-- KEYS: the town's index of days with holds. ARGV: now (milliseconds).
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local found = {}
for _, day in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    for _, part in ipairs(redis.call('HGETALL', day)) do
        table.insert(found, part)
    end
end
return found
