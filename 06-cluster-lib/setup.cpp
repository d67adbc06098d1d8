#include "06-cluster-lib/setup.hpp"

#include <array>
#include <utility>

namespace cluster {
namespace {

constexpr std::array<std::pair<std::string_view, policy>, 5> names{{
    {"round-robin", policy::round_robin},
    {"least-connections", policy::least_connections},
    {"address-hash", policy::address_hash},
    {"shared", policy::shared},
    {"reuseport", policy::reuseport},
}};

template <class Field>
void take(Field& field, const Field& change) {
    if (change) field = change;
}

}  // namespace

std::optional<policy> policy_named(std::string_view name) {
    for (const auto& [known, policy] : names) {
        if (known == name) return policy;
    }
    return std::nullopt;
}

std::string policy_names() {
    std::string text;
    for (const auto& [name, policy] : names) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

void setup::merge(const setup& changes) {
    take(program, changes.program);
    take(arguments, changes.arguments);
    take(cwd, changes.cwd);
    take(env, changes.env);
    take(silent, changes.silent);
    take(stdio, changes.stdio);
    take(uid, changes.uid);
    take(gid, changes.gid);
    take(primary_death, changes.primary_death);
    take(policy, changes.policy);
    take(pick, changes.pick);
    take(credit, changes.credit);
    take(refusal, changes.refusal);
    take(limits, changes.limits);
    take(restart, changes.restart);
    take(giving_up, changes.giving_up);
    take(proof, changes.proof);
}

bool setup::changes_what_is_fixed() const {
    return policy || pick || credit || refusal || limits || restart || giving_up || proof;
}

}  // namespace cluster
