-- Claims a span on one counter's day, atomically. Answers nothing, or the token and the value of the
-- hold that stands in the way.
-- KEYS: the counter's day, the town's index of days with holds, the new hold's own key, and that of
--       the replaced one.
-- ARGV: token, start, end, expiry, now (milliseconds), value to keep, replaced token or '', and what
--       to tell the listeners (channel and words; no words where nobody may listen).
local day, index, own, replaced = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, from, to, expiry, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local kept = redis.call('HGETALL', day)
for at = 1, #kept, 2 do
    local other_from, other_to, other_expiry = string.match(kept[at + 1], '^(%d+)|(%d+)|(%d+)|')
    if tonumber(other_expiry) <= now then
        redis.call('HDEL', day, kept[at])
    elseif kept[at] ~= ARGV[7] and tonumber(other_from) < to and from < tonumber(other_to) then
        return { kept[at], kept[at + 1] }
    end
end
if ARGV[7] ~= '' then
    local old_day = redis.call('GETDEL', replaced)
    if old_day then
        redis.call('HDEL', old_day, ARGV[7])
    end
end
redis.call('HSET', day, token, ARGV[6])
if redis.call('PTTL', day) < expiry - now then
    redis.call('PEXPIRE', day, expiry - now)
end
redis.call('SET', own, day, 'PX', expiry - now)
redis.call('ZADD', index, 'GT', expiry, day)
if ARGV[9] ~= '' then
    redis.pcall('PUBLISH', ARGV[8], ARGV[9])
end
return {}
