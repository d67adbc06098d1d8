#include "07-state-sharing/lmdb_record.hpp"

#include <boost/crc.hpp>
#include <chrono>
#include <cstring>

namespace state {
namespace {

constexpr std::size_t version_size = sizeof(version);
constexpr std::size_t until_size = sizeof(std::int64_t);
constexpr std::size_t checksum_size = sizeof(std::uint32_t);
constexpr std::size_t head_size = version_size + until_size + checksum_size;

template <class Integer>
Integer read_integer(std::string_view bytes) {
    Integer result{};
    std::memcpy(&result, bytes.data(), sizeof result);
    return result;
}

template <class Integer>
void append_integer(std::string& bytes, Integer number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::uint32_t checksum(std::string_view key, std::string_view numbers, std::string_view json) {
    boost::crc_32_type crc;
    for (const auto part : {key, numbers, json}) crc.process_bytes(part.data(), part.size());
    return crc.checksum();
}

}  // namespace

bool lmdb_record::is_over(store::clock::time_point now) const {
    return until_ms != 0 && until_ms <= to_ms(now);
}

std::string lmdb_record::bytes(std::string_view key) const {
    std::string result;
    result.reserve(head_size + json.size());
    append_integer(result, changed);
    append_integer(result, until_ms);
    append_integer(result, checksum(key, result, json));
    result.append(json);
    return result;
}

std::optional<lmdb_record> lmdb_record::parse(std::string_view bytes) {
    if (bytes.size() < head_size) return std::nullopt;
    return lmdb_record{read_integer<version>(bytes),
                       read_integer<std::int64_t>(bytes.substr(version_size)),
                       bytes.substr(head_size)};
}

bool lmdb_record::is_whole(std::string_view key, std::string_view bytes) {
    if (bytes.size() < head_size) return false;
    const auto numbers = bytes.substr(0, version_size + until_size);
    return read_integer<std::uint32_t>(bytes.substr(numbers.size())) ==
           checksum(key, numbers, bytes.substr(head_size));
}

std::int64_t to_ms(store::clock::time_point moment) {
    return std::chrono::floor<std::chrono::milliseconds>(moment.time_since_epoch()).count();
}

}  // namespace state
