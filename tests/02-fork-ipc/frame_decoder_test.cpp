#include "02-fork-ipc/frame_decoder.hpp"

#include <cstring>
#include <random>

#include "02-fork-ipc/channel_error.hpp"
#include "tests/catch.hpp"

using namespace child_process;

namespace {

// Every line that is whole by now, copied, because the next room() ends their lives.
std::vector<std::string> take_all(frame_decoder& decoder) {
    std::vector<std::string> lines;
    while (const auto line = decoder.next()) lines.emplace_back(*line);
    return lines;
}

// What the decoder is compared with: keep everything, cut at newlines.
std::vector<std::string> split(const std::string& stream) {
    std::vector<std::string> lines;
    std::size_t from = 0;
    for (std::size_t at = stream.find('\n'); at != std::string::npos;
         at = stream.find('\n', from)) {
        lines.push_back(stream.substr(from, at - from));
        from = at + 1;
    }
    return lines;
}

std::string random_stream(std::mt19937& random) {
    std::string stream;
    const std::size_t lines = random() % 50;
    for (std::size_t n = 0; n < lines; ++n) {
        // Mostly short lines, some empty, now and then one that is longer than what is read at
        // once.
        const std::size_t length = random() % 20 == 0 ? random() % 300'000 : random() % 100;
        stream.append(length, static_cast<char>('a' + random() % 26));
        stream += '\n';
    }
    return stream.append(random() % 10, 'z');
}

bool is_oversize(frame_decoder& decoder) {
    try {
        static_cast<void>(decoder.next());
        return false;
    } catch (const std::system_error& error) {
        return error.code() == channel_errc::oversize;
    }
}

}  // namespace

TEST_CASE("several messages in one read are found one by one", "[02][frame_decoder]") {
    frame_decoder decoder;
    decoder.feed("one\ntwo\nthree\nand a ha");
    CHECK(take_all(decoder) == std::vector<std::string>{"one", "two", "three"});
    CHECK(decoder.inside_message());
    decoder.feed("lf\n");
    CHECK(take_all(decoder) == std::vector<std::string>{"and a half"});
    CHECK_FALSE(decoder.inside_message());
}

TEST_CASE("a message cut at any byte comes out whole", "[02][frame_decoder]") {
    const std::string stream = "{\"first\":\"é\"}\n[2]\n";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        frame_decoder decoder;
        decoder.feed(stream.substr(0, cut));
        auto lines = take_all(decoder);
        decoder.feed(stream.substr(cut));
        for (auto& line : take_all(decoder)) lines.push_back(line);
        CHECK(lines == split(stream));
    }
}

TEST_CASE("an empty line is a line", "[02][frame_decoder]") {
    frame_decoder decoder;
    decoder.feed("\n\na\n");
    CHECK(take_all(decoder) == std::vector<std::string>{"", "", "a"});
}

TEST_CASE("random streams in random chunks come out as a simple model says",
          "[02][frame_decoder]") {
    for (unsigned seed = 0; seed < 150; ++seed) {
        std::mt19937 random(seed);
        const std::string stream = random_stream(random);
        frame_decoder decoder;
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < stream.size();) {
            const auto room = decoder.room();
            const std::size_t most = random() % 3 == 0 ? 5 : room.size();
            const std::size_t count = std::min({most, stream.size() - at, 1 + random() % 90'000});
            std::memcpy(room.data(), stream.data() + at, count);
            decoder.filled(count);
            at += count;
            // A reader need not take everything before it reads on.
            if (random() % 4 == 0) continue;
            for (auto& line : take_all(decoder)) lines.push_back(line);
        }
        for (auto& line : take_all(decoder)) lines.push_back(line);
        INFO("seed " << seed);
        REQUIRE(lines == split(stream));
        CHECK(decoder.inside_message() == (!stream.empty() && stream.back() != '\n'));
    }
}

TEST_CASE("there is always room for 64 KiB", "[02][frame_decoder]") {
    frame_decoder decoder;
    for (int read = 0; read < 40; ++read) {
        REQUIRE(decoder.room().size() >= 64 * 1024);
        decoder.feed(std::string(50'000, 'x'));
    }
    decoder.feed("\n");
    CHECK(decoder.next()->size() == 40 * 50'000);
    CHECK(decoder.room().size() >= 64 * 1024);
}

TEST_CASE("a line stays where it is until more room is asked for", "[02][frame_decoder]") {
    frame_decoder decoder;
    decoder.feed("first\nsecond\n");
    const auto first = decoder.next();
    const auto second = decoder.next();
    CHECK_FALSE(decoder.next());
    CHECK(*first == "first");
    CHECK(*second == "second");
}

TEST_CASE("a line of exactly the limit passes, one byte more is refused", "[02][frame_decoder]") {
    frame_decoder fits(10);
    fits.feed(std::string(10, 'x') + "\n");
    CHECK(fits.next() == std::string(10, 'x'));
    frame_decoder too_long(10);
    too_long.feed(std::string(11, 'x') + "\n");
    CHECK(is_oversize(too_long));
}

TEST_CASE("a line that is too long is refused before it ends", "[02][frame_decoder]") {
    frame_decoder decoder(10);
    decoder.feed("short\n" + std::string(10, 'x'));
    CHECK(decoder.next() == "short");
    CHECK_FALSE(decoder.next());
    decoder.feed("x");
    CHECK(is_oversize(decoder));
    CHECK(is_oversize(decoder));
}
