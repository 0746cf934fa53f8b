-- wrk script: asks for paths of a file in turn, each thread for its share of them, and prints the
-- result as one line of JSON. wrk ... -- PATHS FIRST COUNT THREADS MILLISECONDS
-- FIRST counts from 0. MILLISECONDS: what each connection waits between two requests, on average.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  threads[#threads + 1] = thread
end

function init(args)
  local share = math.floor(tonumber(args[3]) / tonumber(args[4]))
  local first = tonumber(args[2]) + share * number
  requests = {}
  local line = 0
  for path in io.lines(args[1]) do
    if line >= first + share then break end
    if line >= first then requests[#requests + 1] = wrk.format("GET", path) end
    line = line + 1
  end
  count = #requests
  at = 0
  asked = 0
  pause = tonumber(args[5])
  math.randomseed(number + 1)
  if pause == 0 then delay = nil end
end

function request()
  at = at % count + 1
  asked = asked + 1
  return requests[at]
end

-- Around the pause, so that connections do not march in step.
function delay()
  return math.random(math.floor(pause / 2), math.ceil(pause * 3 / 2))
end

-- `rounds`: how often the busiest thread has gone through its share; over 1: something came again.
function done(summary, latency, requests)
  local errors = summary.errors
  local rounds = 0
  for _, thread in ipairs(threads) do
    rounds = math.max(rounds, thread:get("asked") / thread:get("count"))
  end
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"max":%d,"rounds":%.4f,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency.max, rounds,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
