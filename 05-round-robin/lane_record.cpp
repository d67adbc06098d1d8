#include "05-round-robin/lane_record.hpp"

#include <cstring>
#include <type_traits>

namespace cluster {
namespace {

static_assert(std::is_trivially_copyable_v<lane_record>);

class category : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "connection lane"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<lane_errc>(value)) {
            case lane_errc::malformed:
                return "the peer sent what is no record";
            case lane_errc::unknown_offer:
                return "the peer answered what it was not offered";
            case lane_errc::too_many_taken:
                return "the peer took more connections than it was offered";
            case lane_errc::truncated:
                return "the lane ended inside a record";
        }
        return "unknown lane error";
    }
};

}  // namespace

std::string_view bytes_of(const lane_record& record) {
    return {reinterpret_cast<const char*>(&record), sizeof record};
}

lane_record record_of(const char* bytes) {
    lane_record result{};
    std::memcpy(&result, bytes, sizeof result);
    return result;
}

const std::error_category& lane_category() noexcept {
    static const category instance;
    return instance;
}

std::error_code make_error_code(lane_errc error) noexcept {
    return {static_cast<int>(error), lane_category()};
}

}  // namespace cluster
