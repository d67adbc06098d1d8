#include "tests/06-cluster-lib/running_program.hpp"

namespace tests {
namespace {

child_process::spawn_options read_outputs(const child_process::environment& env) {
    using child_process::stdio;
    child_process::spawn_options options;
    options.descriptors = {stdio::ignore(), stdio::pipe(), stdio::pipe()};
    options.env = child_process::current_environment();
    for (const auto& [name, value] : env) (*options.env)[name] = value;
    return options;
}

}  // namespace

running_program::running_program(const asio::any_io_executor& executor, const std::string& program,
                                 words arguments, const child_process::environment& env)
    : process_(child_process::spawn(executor, program, arguments, read_outputs(env))),
      news_(executor) {
    asio::co_spawn(executor, hear(process_.out()), support::rethrow);
    asio::co_spawn(executor, hear(process_.err()), support::rethrow);
}

asio::awaitable<void> running_program::hear(child_process::pipe_reader& from) {
    for (;;) {
        auto chunk = co_await from.read();
        if (!chunk) break;
        output_ += *chunk;
        news_.notify_all();
    }
    --open_ends_;
    news_.notify_all();
}

asio::awaitable<void> running_program::until_said(std::string text, int times) {
    while (count(text) < times) {
        if (open_ends_ == 0) FAIL("ended without saying \"" << text << "\": " << output_);
        co_await news_.wait();
    }
}

int running_program::count(const std::string& text) const {
    int found = 0;
    for (auto at = output_.find(text); at != output_.npos; at = output_.find(text, at + 1)) ++found;
    return found;
}

int running_program::number_after(const std::string& text) const {
    const auto at = output_.find(text);
    if (at == output_.npos) FAIL("no \"" << text << "\" in: " << output_);
    return std::stoi(output_.substr(at + text.size()));
}

asio::awaitable<child_process::exit_status> running_program::end() {
    while (open_ends_ > 0) co_await news_.wait();
    co_return co_await process_.wait();
}

asio::awaitable<child_process::exit_status> running_program::stop(int signal) {
    kill(signal);
    co_return co_await end();
}

}  // namespace tests
