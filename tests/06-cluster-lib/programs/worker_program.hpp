// The main function of a worker whose primary is a test.
#pragma once

#include <stdexcept>

#include "06-cluster-lib/run.hpp"

/// Started by hand it fails, and says why.
inline int be_worker(int argc, char** argv, const cluster::worker_body& work) {
    const auto no_primary = [](cluster::primary&) -> asio::awaitable<void> {
        throw std::runtime_error("this program is a worker: a test starts it");
        co_return;
    };
    return cluster::run(argc, argv, no_primary, work);
}
