-- Adds to a count in a window that begins with the first; answers the count and the milliseconds
-- until it begins anew.
-- KEYS: the count's own key. ARGV: how many more (or less), window and now (milliseconds).
local more, window, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'count', 'ends')
local count, ends = tonumber(kept[1]), tonumber(kept[2])
-- The clocks of replicas differ a little: an end that is too far off is none of the same clock.
if not ends or ends <= now or ends > now + 2 * window then
    count, ends = 0, now + window
end
count = math.max(0, count + more)
if more ~= 0 then
    redis.call('HSET', KEYS[1], 'count', count, 'ends', string.format('%d', ends))
    redis.call('PEXPIRE', KEYS[1], ends - now)
end
return { count, ends - now }
