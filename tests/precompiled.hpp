// What nearly every test includes, compiled once.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/asio.hpp"
#include "support/timeout.hpp"
#include "tests/catch.hpp"
