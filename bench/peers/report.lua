-- What wrk has seen, as one line of JSON.
done = function(summary, latency)
  local wrong = summary.errors
  io.write(string.format(
    '{"requests": %d, "rate": %.1f, "p50_us": %d, "p99_us": %d, "p999_us": %d, "failed": %d}\n',
    summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), wrong.connect + wrong.read + wrong.write + wrong.status + wrong.timeout))
end
