// All of the cluster library.
#pragma once

#include "06-cluster-lib/net.hpp"
#include "06-cluster-lib/primary.hpp"
#include "06-cluster-lib/run.hpp"
#include "06-cluster-lib/serve_http.hpp"
#include "06-cluster-lib/setup.hpp"
#include "06-cluster-lib/this_worker.hpp"
#include "06-cluster-lib/worker.hpp"
#include "support/cpu_count.hpp"
#include "support/http_server.hpp"
#include "support/log.hpp"
