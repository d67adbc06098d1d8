// store_rate: how many gets or puts a second a store takes, from one process or from two at once.
//
// One operation is a get of a random key among --keys, whose value is compared with what it must
// be, or a put of a new value, of which some are read back. Its peers are the same program with
// another --store: redis, sqlite, and json, the file that one would write first. The cpu time is
// that of the processes that work, not of a Redis server.
//
// Exit code: 0 measured · 1 it failed, or a value was wrong · 2 wrong flags
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "02-fork-ipc/channel.hpp"
#include "02-fork-ipc/fork.hpp"
#include "bench/programs/measurement.hpp"
#include "bench/store/measured_work.hpp"
#include "support/flags.hpp"
#include "support/syscall.hpp"

namespace {

using namespace child_process;
namespace fs = std::filesystem;

struct settings {
    std::string store = "lmdb";
    std::string operation = "get";
    std::string durability = "process";
    std::string socket;
    std::string folder = "/var/tmp";
    int processes = 1;
    int keys = 1000;
    int value_bytes = 100;
    int seconds = 2;
    bool second = false;
};

const std::map<std::string, std::unique_ptr<bench::bench_store> (*)(const bench::store_place&)>
    store_kinds = {{"lmdb", bench::open_lmdb},
                   {"file", bench::open_file},
                   {"json", bench::open_json},
                   {"redis", bench::open_redis},
                   {"sqlite", bench::open_sqlite}};

// On a disk, unlike much of what is called temporary: memory needs no fsync.
class temporary_folder {
  public:
    explicit temporary_folder(const std::string& where) : path_(where + "/store_rate.XXXXXX") {
        support::check("mkdtemp " + path_, ::mkdtemp(path_.data()) != nullptr ? 0 : -1);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// A process with the store open.
class worker {
  public:
    worker(const settings& given, const std::string& folder)
        : store_(store_kinds.at(given.store)({folder, given.socket, lasts(given)})),
          work_(*store_, {given.operation == "put", given.second ? 2 : 1, given.processes == 1,
                          static_cast<std::size_t>(given.keys),
                          static_cast<std::size_t>(given.value_bytes)}),
          duration_(std::chrono::seconds(given.seconds)) {}

    bench::measured_work& operator*() { return work_; }
    void warm_up() { static_cast<void>(work_.run(std::chrono::milliseconds(300))); }
    bench::work_done measure() { return work_.run(duration_); }

  private:
    static state::durability lasts(const settings& given) {
        return given.durability == "disk" ? state::durability::disk : state::durability::process;
    }

    std::unique_ptr<bench::bench_store> store_;
    bench::measured_work work_;
    std::chrono::milliseconds duration_;
};

using moment = std::chrono::steady_clock::time_point;

json to_json(moment when) {
    return when.time_since_epoch().count();
}

moment moment_of(const json& when) {
    return moment(moment::duration(when.get<moment::rep>()));
}

asio::awaitable<void> wait_until(moment when) {
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(asio::use_awaitable);
}

// The second process: gets ready, begins with the first one, and tells what it has done.
asio::awaitable<int> be_second(settings given, support::unique_fd end) {
    channel first(co_await asio::this_coro::executor, std::move(end));
    worker self(given, given.folder);
    self.warm_up();
    const json ready = "ready";
    first.post(ready);
    const auto begin = co_await first.receive();
    if (!begin) co_return 1;
    co_await wait_until(moment_of(*begin));
    const auto done = self.measure();
    const json result = {{"operations", done.operations},
                         {"begin", to_json(done.begin)},
                         {"end", to_json(done.end)},
                         {"cpu_us", done.cpu_us}};
    first.post(result);
    co_await first.disconnect();
    co_return 0;
}

std::vector<std::string> words_for_second(const settings& given, const std::string& folder) {
    return {"--store",       given.store,
            "--operation",   given.operation,
            "--durability",  given.durability,
            "--socket",      given.socket,
            "--folder",      folder,
            "--processes",   "2",
            "--keys",        std::to_string(given.keys),
            "--value-bytes", std::to_string(given.value_bytes),
            "--seconds",     std::to_string(given.seconds),
            "--second"};
}

asio::awaitable<json> message_of(channel& second) {
    const auto message = co_await second.receive();
    if (!message) throw std::runtime_error("the second process has ended");
    co_return *message;
}

asio::awaitable<bench::work_done> measure_with_second(const settings& given, worker& self,
                                                      const std::string& folder) {
    const auto executor = co_await asio::this_coro::executor;
    const auto words = words_for_second(given, folder);
    forked child = fork(executor, support::sibling_program("store_rate"), words);
    channel second(executor, std::move(child.channel_end));
    co_await message_of(second);
    self.warm_up();
    // A moment in the future, for the message leaves only when this process waits.
    const auto begin = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    const json begin_message = to_json(begin);
    const bool told = second.post(begin_message);
    co_await wait_until(begin);
    bench::work_done done = self.measure();
    const json other = co_await message_of(second);
    const exit_status status = co_await child.process.wait();
    if (!told || !status.success()) throw std::runtime_error("the second process has failed");
    done.operations += other["operations"].get<std::uint64_t>();
    done.begin = std::min(done.begin, moment_of(other["begin"]));
    done.end = std::max(done.end, moment_of(other["end"]));
    done.cpu_us += other["cpu_us"].get<std::int64_t>();
    co_return done;
}

asio::awaitable<int> measure(settings given) {
    const temporary_folder folder(given.folder);
    worker self(given, folder.path());
    (*self).fill();
    bench::work_done done;
    if (given.processes == 2) {
        done = co_await measure_with_second(given, self, folder.path());
    } else {
        self.warm_up();
        done = self.measure();
    }
    (*self).check_all();
    // The latencies are the first process's own.
    json result = {{"operations", done.operations},
                   {"seconds", std::chrono::duration<double>(done.end - done.begin).count()},
                   {"cpu_us", done.cpu_us}};
    bench::add_latencies(result, std::move(done.samples_us));
    bench::print(result);
    co_return 0;
}

std::optional<std::string> fault_in(const settings& given) {
    if (!store_kinds.contains(given.store)) return "--store is lmdb, file, json, redis or sqlite";
    if (given.operation != "get" && given.operation != "put") return "--operation is get or put";
    if (given.durability != "process" && given.durability != "disk") {
        return "--durability is process or disk";
    }
    if (given.processes != 1 && given.processes != 2) return "--processes is 1 or 2";
    if (given.keys < 1 || given.seconds < 1) return "--keys and --seconds are at least 1";
    if (given.value_bytes < 50 || given.value_bytes > 1'000'000) {
        return "--value-bytes is 50 to 1000000";  // a value says its key and its number
    }
    if (given.store == "redis" && given.socket.empty()) return "redis needs --socket";
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    settings given;
    support::flags flags("store_rate", "Measures gets or puts of a store.");
    flags.add("store", given.store, "lmdb, file (ours), json, redis or sqlite");
    flags.add("operation", given.operation, "get or put");
    flags.add("durability", given.durability, "process or disk: what a put survives");
    flags.add("processes", given.processes, "1 or 2, which do the same at once");
    flags.add("keys", given.keys, "how many");
    flags.add("value-bytes", given.value_bytes, "the length of each value");
    flags.add("socket", given.socket, "the unix socket of a running Redis server");
    flags.add("folder", given.folder, "where to make a folder for the data: on a disk");
    flags.add("seconds", given.seconds, "how long to measure");
    flags.add("second", given.second, "be the second process, with the data in --folder");
    if (const auto code = flags.parse(argc, argv)) return *code;
    if (const auto fault = fault_in(given)) return flags.wrong(*fault);
    return support::run_program([&]() -> asio::awaitable<int> {
        if (!given.second) return measure(given);
        auto end = inherited_channel();
        if (!end) throw std::runtime_error("--second is for store_rate's own use");
        return be_second(given, std::move(*end));
    });
}
