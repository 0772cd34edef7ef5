-- Ends a hold, and answers whether there was one.
-- KEYS: the hold's own key.
-- ARGV: its token, and what to tell the listeners (channel and words; no words where nobody may
--       listen).
local day = redis.call('GETDEL', KEYS[1])
if day then
    redis.call('HDEL', day, ARGV[1])
    if ARGV[3] ~= '' then
        redis.pcall('PUBLISH', ARGV[2], ARGV[3])
    end
    return 1
end
return 0
