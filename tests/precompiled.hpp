// What nearly every test includes, compiled once.
#pragma once

#include <string>
#include <vector>

#include "support/asio.hpp"
#include "tests/catch.hpp"
