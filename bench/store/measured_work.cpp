#include "bench/store/measured_work.hpp"

#include <charconv>
#include <stdexcept>

#include "bench/programs/measurement.hpp"

namespace bench {
namespace {

std::string padded(std::string text, std::size_t size) {
    text.resize(size, '.');
    return text;
}

double us_between(steady::time_point from, steady::time_point to) {
    return std::chrono::duration<double, std::micro>(to - from).count();
}

}  // namespace

measured_work::measured_work(bench_store& store, work_plan plan)
    : store_(store), plan_(plan), random_(static_cast<unsigned>(plan.process)) {
    for (std::size_t n = 0; n < plan_.keys; ++n) {
        keys_.push_back("session/" + std::to_string(n));
        contents_.push_back(padded(keys_.back() + " 0", plan_.value_bytes - 2));
        values_.push_back(in_quotes(contents_.back()));
    }
}

void measured_work::fill() {
    for (std::size_t n = 0; n < keys_.size(); ++n) store_.put(keys_[n], contents_[n]);
}

// Every 64th operation is timed, so that the clock, which costs as much as a quick one takes a
// third of, is not what is measured.
work_done measured_work::run(std::chrono::milliseconds duration) {
    const unsigned stride = slow_ ? 1 : 64;
    work_done done;
    done.samples_us.reserve(1'000'000);
    const auto cpu_before = cpu_us();
    done.begin = steady::now();
    auto now = done.begin;
    while (now < done.begin + duration) {
        for (unsigned n = 1; n < stride; ++n) plan_.puts ? put_one() : get_one();
        const auto before = stride == 1 ? now : steady::now();
        plan_.puts ? put_one() : get_one();
        now = steady::now();
        if (done.samples_us.size() < done.samples_us.capacity()) {
            done.samples_us.push_back(us_between(before, now));
        }
        done.operations += stride;
    }
    done.cpu_us = cpu_us() - cpu_before;
    done.end = now;
    slow_ = us_between(done.begin, now) / static_cast<double>(done.operations) > 10;
    return done;
}

void measured_work::get_one() {
    const auto n = random_() % keys_.size();
    if (store_.get(keys_[n]) != values_[n]) throw std::runtime_error("a wrong value: " + keys_[n]);
}

// Each value is another one, and says whose it is.
void measured_work::put_one() {
    const auto n = random_() % keys_.size();
    std::string& content = contents_[n];
    char* number = content.data() + keys_[n].size() + 1;
    std::to_chars(number, content.data() + content.size(), ++puts_);
    store_.put(keys_[n], content);
    if (puts_ % 1024 == 0) check(n, in_quotes(content));
}

void measured_work::check(std::size_t key, const std::string& expected) {
    const auto found = store_.get(keys_[key]);
    // The other process may have put its own in between.
    if (found && (plan_.alone ? *found == expected : is_a_value(key, *found))) return;
    throw std::runtime_error("a wrong value: " + keys_[key]);
}

bool measured_work::is_a_value(std::size_t key, const std::string& text) const {
    return text.size() == plan_.value_bytes && text.starts_with('"' + keys_[key] + ' ') &&
           text.ends_with(".\"");
}

void measured_work::check_all() {
    for (std::size_t n = 0; n < keys_.size(); ++n) check(n, in_quotes(contents_[n]));
}

}  // namespace bench
