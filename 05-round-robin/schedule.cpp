#include "05-round-robin/schedule.hpp"

#include <cstdint>

namespace cluster {
namespace {

// Remembers the worker that was served last; the next one is that with the next higher id.
class rotation {
  public:
    // The first behind the last one served for whom `eligible` holds, around the end if need be.
    template <class Eligible>
    std::optional<int> next(std::span<const candidate> candidates, Eligible eligible) {
        const candidate* first = nullptr;
        for (const candidate& each : candidates) {
            if (!eligible(each)) continue;
            if (each.worker > last_) return served(each);
            if (first == nullptr) first = &each;
        }
        return first != nullptr ? served(*first) : std::nullopt;
    }

  private:
    std::optional<int> served(const candidate& chosen) {
        last_ = chosen.worker;
        return last_;
    }

    int last_ = -1;
};

// The finish of splitmix64: each bit of the input changes half of the bits of the result.
std::uint64_t mix(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31U);
}

// FNV-1a. Not std::hash: that may differ from one library to the next.
std::uint64_t hash_of(std::string_view text) {
    std::uint64_t result = 0xcbf29ce484222325U;
    for (const char letter : text) {
        result = (result ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
    }
    return result;
}

std::uint64_t weight(std::uint64_t address, int slot) {
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15U;
    return mix(address ^ mix((static_cast<std::uint64_t>(slot) + 1) * golden_ratio));
}

}  // namespace

schedule round_robin() {
    return [turn = rotation()](std::span<const candidate> candidates, std::string_view) mutable {
        return turn.next(candidates, [](const candidate& each) { return each.room; });
    };
}

schedule least_connections() {
    return [turn = rotation()](std::span<const candidate> candidates, std::string_view) mutable {
        const candidate* least = nullptr;
        for (const candidate& each : candidates) {
            if (each.room && (least == nullptr || each.open < least->open)) least = &each;
        }
        return turn.next(candidates, [least](const candidate& each) {
            return each.room && each.open == least->open;
        });
    };
}

schedule address_hash() {
    return [](std::span<const candidate> candidates,
              std::string_view client_address) -> std::optional<int> {
        const std::uint64_t address = hash_of(client_address);
        const candidate* winner = nullptr;
        std::uint64_t highest = 0;
        for (const candidate& each : candidates) {
            const std::uint64_t drawn = weight(address, each.slot);
            if (!each.room || (winner != nullptr && drawn < highest)) continue;
            winner = &each;  // of two in one slot the later one: it is the replacement
            highest = drawn;
        }
        return winner != nullptr ? std::optional<int>(winner->worker) : std::nullopt;
    };
}

std::optional<schedule> schedule_named(std::string_view name) {
    if (name == "round-robin") return round_robin();
    if (name == "least-connections") return least_connections();
    if (name == "address-hash") return address_hash();
    return std::nullopt;
}

}  // namespace cluster
