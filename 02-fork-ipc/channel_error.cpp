#include "02-fork-ipc/channel_error.hpp"

namespace child_process {
namespace {

class category : public std::error_category {
  public:
    [[nodiscard]] const char* name() const noexcept override { return "channel"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<channel_errc>(value)) {
            case channel_errc::malformed:
                return "the peer sent a line that is not JSON";
            case channel_errc::invalid_utf8:
                return "the peer sent text that is not UTF-8";
            case channel_errc::oversize:
                return "the peer sent a message longer than the limit";
            case channel_errc::too_deep:
                return "the peer sent a message nested deeper than the limit";
            case channel_errc::truncated:
                return "the channel ended inside a message";
        }
        return "unknown channel error";
    }
};

}  // namespace

const std::error_category& channel_category() noexcept {
    static const category instance;
    return instance;
}

std::error_code make_error_code(channel_errc error) noexcept {
    return {static_cast<int>(error), channel_category()};
}

void throw_channel_error(channel_errc error, const std::string& detail) {
    throw std::system_error(make_error_code(error), detail);
}

}  // namespace child_process
