// Does the decoder find every message, however the stream was cut?
#include "02-fork-ipc/channel_error.hpp"
#include "02-fork-ipc/frame_decoder.hpp"
#include "exercises/02/checks/peers.hpp"
#include "tests/catch.hpp"

using namespace child_process;

namespace {

// What next() gives, copied; a decoder that never says "nothing yet" is stopped after `most`.
std::vector<std::string> take(frame_decoder& decoder, std::size_t most = 5) {
    std::vector<std::string> lines;
    while (lines.size() < most) {
        const auto line = decoder.next();
        if (!line) break;
        lines.emplace_back(*line);
    }
    return lines;
}

// What the decoder says about these bytes: the lines it gives, then how it ends.
std::string said_about(frame_decoder& decoder, const std::string& bytes) {
    decoder.feed(bytes);
    try {
        const auto lines = take(decoder);
        return lines.empty() ? "it waits for more" : "it gave " + kit::shown(lines);
    } catch (const std::system_error& error) {
        return error.code() == channel_errc::oversize ? "refused" : error.what();
    }
}

}  // namespace

TEST_CASE("each message of one read comes out, one by one") {
    const kit::busy_limit limit_of_time;
    frame_decoder decoder;
    const std::vector<std::string> messages = {R"({"n":1})", R"({"n":2})", R"({"n":3})"};
    std::string read;
    for (const std::string& message : messages) read += message + "\n";
    decoder.feed(read);
    const auto found = take(decoder);
    if (found != messages) {
        FAIL_CHECK("observed: one read brought 3 messages, and next() gave "
                   << found.size() << (found.size() == 5 ? " or more: " : ": ")
                   << kit::shown(found));
    } else if (decoder.inside_message()) {
        FAIL_CHECK(
            "observed: all 3 messages came out, and inside_message() says that one is not "
            "complete");
    }
    decoder.feed("\n4\n\n");
    const auto lines = take(decoder);
    if (lines != std::vector<std::string>{"", "4", ""}) {
        FAIL_CHECK(
            "observed: one read brought an empty line, \"4\" and another empty line, and next() "
            "gave "
            << kit::shown(lines));
    }
}

TEST_CASE("a message that comes in two reads, cut anywhere, comes out once and whole") {
    const kit::busy_limit limit_of_time;
    const std::string message = R"({"text":"é","list":[1,2]})";
    const std::string stream = message + "\n";
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        frame_decoder decoder;
        decoder.feed(stream.substr(0, cut));
        const auto early = take(decoder);
        decoder.feed(stream.substr(cut));
        const auto late = take(decoder);
        if (early.empty() && late == std::vector<std::string>{message}) continue;
        FAIL("observed: a message of "
             << stream.size() << " bytes came in reads of " << cut << " and " << stream.size() - cut
             << "; after the first, next() gave " << kit::shown(early) << ", after the second "
             << kit::shown(late));
    }
    CHECK(stream.size() > 1);
}

TEST_CASE("a line longer than the limit is refused, before it has an end") {
    const kit::busy_limit limit_of_time;
    constexpr std::size_t limit = 1000;
    const std::string full(limit, 'x');
    frame_decoder fits(limit);
    const auto whole = said_about(fits, full + "\n");
    if (whole != "it gave " + kit::shown(full)) {
        FAIL_CHECK("observed: a line of exactly the limit, " << limit << " bytes: " << whole);
    }
    frame_decoder many(limit);
    const auto both = said_about(many, full + "\n" + full + "\n");
    if (both != "it gave " + kit::shown(std::vector<std::string>{full, full})) {
        FAIL_CHECK("observed: two lines of exactly the limit in one read: " << both);
    }
    frame_decoder endless(limit);
    const auto first = said_about(endless, full);
    if (first != "it waits for more") {
        FAIL_CHECK("observed: " << limit << " bytes of a line, as many as the limit: " << first);
    }
    const auto second = said_about(endless, "x");
    if (second != "refused") {
        FAIL_CHECK("observed: " << limit + 1 << " bytes came without a newline, the limit is "
                                << limit << ", and the decoder does not refuse them: " << second);
    }
    frame_decoder ended(limit);
    const auto third = said_about(ended, full + "x\n");
    if (third != "refused") {
        FAIL_CHECK("observed: a line of " << limit + 1 << " bytes with its newline, the limit is "
                                          << limit << ": " << third);
    }
}
