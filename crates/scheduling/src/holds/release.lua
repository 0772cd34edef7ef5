-- Ends a hold. KEYS: the hold's own key. ARGV: its token.
local day = redis.call('GETDEL', KEYS[1])
if day then
    redis.call('HDEL', day, ARGV[1])
end
return 1
