-- So many requests a second in all, and no more; arguments: the rate and the path. wrk itself asks as quickly as it can.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds, nanoseconds; } snom_time;
  int clock_gettime(int clock, snom_time *time);
]]
local monotonic = 1
local time = ffi.new("snom_time")
local between, path, due

local function now()
  ffi.C.clock_gettime(monotonic, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function init(arguments)
  between = 1 / tonumber(arguments[1])
  path = arguments[2]
  due = now()
end

function request()
  return wrk.format("GET", path)
end

-- In whole milliseconds: what was asked for too late is made up for.
function delay()
  due = due + between
  return math.max(0, math.floor((due - now()) * 1000))
end
