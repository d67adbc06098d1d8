// Any order of events: what must hold whatever happens.
#include <algorithm>
#include <random>
#include <set>

#include "04-auto-restart/restart_policy.hpp"
#include "tests/04-auto-restart/policies.hpp"

using namespace tests;

namespace {

// What an owner of the policy does, in random order, and what it may rely on.
class owner {
  public:
    explicit owner(unsigned seed) : random_(seed) {
        settings_.limit = 1 + pick(6);
        settings_.boot_attempts = 1 + pick(3);
        settings_.healthy_after = std::chrono::milliseconds(pick(3) * 500);
        settings_.window = std::chrono::milliseconds(pick(4) * 700);
        settings_.cool_down = std::chrono::milliseconds(pick(3) * 900);
        settings_.longest_delay = std::chrono::milliseconds(pick(3) * 800);
        policy_.emplace(settings_, count_ = pick(5),
                        [this] { return std::uniform_real_distribution<double>(0, 1)(random_); });
    }

    void step() {
        if (pick(2) == 0) now_ += std::chrono::milliseconds(pick(400));
        switch (pick(8)) {
            case 0:
                return resize(pick(6));
            case 1:
                return retire(pick(6));
            case 2:
                return fill(pick(6));
            case 3:
            case 4:
                return end(pick(6));
            case 5:
                return get_ready(pick(6));
            case 6:
                return sleep_until_due();
            default:
                return start_due();
        }
    }

    /// With no more trouble, sooner or later every slot that was not retired runs.
    void come_to_rest() {
        for (int n = 0; n < 100; ++n) {
            for (int slot = 0; slot < count_; ++slot) get_ready(slot);
            if (!policy_->next_due()) break;
            sleep_until_due();
        }
        REQUIRE_FALSE(policy_->next_due());
        REQUIRE_FALSE(policy_->gave_up());
        for (int slot = 0; slot < count_; ++slot) {
            REQUIRE((occupied_.count(slot) == 1) != (retired_.count(slot) == 1));
        }
    }

  private:
    int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

    void resize(int count) {
        policy_->resize(count_ = count);
        retired_.clear();
        for (auto* set : {&occupied_, &ready_}) set->erase(set->lower_bound(count), set->end());
    }

    void retire(int slot) {
        policy_->retire(slot);
        if (slot < count_) retired_.insert(slot);
        occupied_.erase(slot);
        ready_.erase(slot);
    }

    void fill(int slot) {
        policy_->fill(slot, now_);
        retired_.erase(slot);
        occupied_.erase(slot);
        ready_.erase(slot);
        if (slot >= count_) return;
        REQUIRE(policy_->next_due().has_value());
        REQUIRE(*policy_->next_due() <= now_);
    }

    void end(int slot) {
        const bool occupied = occupied_.erase(slot) == 1;
        const bool was_ready = ready_.erase(slot) == 1;
        const bool given_up_before = policy_->gave_up();
        const auto said = policy_->ended(slot, now_);
        const bool given_up = policy_->gave_up();
        if (said == verdict::give_up) {
            REQUIRE((was_ready && !given_up_before && given_up));
        } else if (said == verdict::boot_failed) {
            REQUIRE((occupied && !was_ready && !ever_ready_ && !said_boot_failed_));
            said_boot_failed_ = true;
        } else if (said == verdict::waiting) {
            REQUIRE((given_up || slot >= count_ || retired_.count(slot) == 1));
        }
    }

    void get_ready(int slot) {
        if (occupied_.count(slot) == 0) return;
        policy_->ready(slot, now_);
        ready_.insert(slot);
        ever_ready_ = true;
    }

    void sleep_until_due() {
        if (const auto next = policy_->next_due()) now_ = std::max(now_, *next);
        start_due();
    }

    void start_due() {
        const auto next = policy_->next_due();
        const bool episode = policy_->gave_up();
        const slots due = policy_->due(now_);
        REQUIRE(std::is_sorted(due.begin(), due.end()));
        // The owner that sleeps until next_due() misses nothing, and does not wake for nothing.
        const bool awaited = next && *next <= now_;
        REQUIRE((due.empty() || awaited));
        REQUIRE((!awaited || !due.empty() || episode != policy_->gave_up()));
        REQUIRE((!policy_->next_due() || *policy_->next_due() > now_));
        for (const int slot : due) {
            REQUIRE((slot < count_ && retired_.count(slot) == 0));
            REQUIRE(occupied_.insert(slot).second);  // it was empty, and is told once
            policy_->started(slot, now_);
        }
    }

    std::mt19937 random_;
    restart_settings settings_;
    std::optional<restart_policy> policy_;
    restart_policy::time_point now_ = at(0s);
    int count_ = 0;
    std::set<int> occupied_, ready_, retired_;
    bool ever_ready_ = false;
    bool said_boot_failed_ = false;
};

}  // namespace

TEST_CASE("whatever happens, a slot has at most one start, and trouble that ends is overcome",
          "[04][restart_policy]") {
    for (unsigned seed = 0; seed < 3000; ++seed) {
        INFO("seed " << seed);
        owner test(seed);
        for (int n = 0; n < 200; ++n) test.step();
        test.come_to_rest();
    }
}
