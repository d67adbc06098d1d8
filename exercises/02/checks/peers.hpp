// Peers that do exactly what a check wants, and words for what was seen.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

/// For as long as this lives: whoever runs in a loop without end is ended, with a sentence, after
/// five seconds of processor time. A check needs a tenth of one.
class busy_limit {
  public:
    busy_limit() {
        std::signal(SIGPROF, [](int) {
            constexpr std::string_view words =
                "observed: 5 s of processor time are used up, and nothing is done: a busy loop\n";
            [[maybe_unused]] const auto count = ::write(STDERR_FILENO, words.data(), words.size());
            ::_exit(1);
        });
        constexpr itimerval limit{{0, 0}, {5, 0}};
        ::setitimer(ITIMER_PROF, &limit, nullptr);
    }
    ~busy_limit() {
        constexpr itimerval none{};
        ::setitimer(ITIMER_PROF, &none, nullptr);
    }
    busy_limit(const busy_limit&) = delete;
    busy_limit& operator=(const busy_limit&) = delete;
};

/// Takes everything that a non-blocking socket holds now; true when its end came.
inline bool drain(int fd, std::string& into) {
    std::array<char, std::size_t{64} * 1024> bytes{};
    for (;;) {
        const auto count = ::recv(fd, bytes.data(), bytes.size(), 0);
        if (count == 0) return true;
        if (count < 0) return errno != EAGAIN;
        into.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

/// A text in which no part can stand for another: "0 1 2 3 …".
inline std::string counting(std::size_t size) {
    std::string text;
    for (int n = 0; text.size() < size; ++n) text += std::to_string(n) + " ";
    text.resize(size);
    return text;
}

/// A text, quoted and not too long.
inline std::string shown(std::string_view text) {
    constexpr std::size_t most = 40;
    if (text.size() <= most) return '"' + std::string(text) + '"';
    return '"' + std::string(text.substr(0, most)) + "…\" (" + std::to_string(text.size()) +
           " bytes)";
}

inline std::string shown(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + shown(text);
    return all.empty() ? "nothing" : all;
}

/// How the text that arrived differs from the one that was sent.
inline std::string difference(std::string_view arrived, std::string_view sent) {
    std::string words =
        std::to_string(arrived.size()) + " of " + std::to_string(sent.size()) + " bytes arrived";
    for (std::size_t at = 0; at < arrived.size(); ++at) {
        if (at < sent.size() && arrived[at] == sent[at]) continue;
        return words + ", and from byte " + std::to_string(at) + " on they are wrong";
    }
    return words;
}

}  // namespace kit
