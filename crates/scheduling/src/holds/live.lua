-- The kept holds of a town, token and value in turn: all, or those of one date.
-- KEYS: the town's index of days with holds. ARGV: now (milliseconds), the date or ''.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local found = {}
for _, day in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if ARGV[2] == '' or string.sub(day, -#ARGV[2]) == ARGV[2] then
        for _, part in ipairs(redis.call('HGETALL', day)) do
            table.insert(found, part)
        end
    end
end
return found
