#include "support/static_files.hpp"

#include <fcntl.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "support/form.hpp"
#include "support/syscall.hpp"
#include "support/unique_fd.hpp"

namespace support {
namespace {

std::string_view type_of(std::string_view name) {
    using type = std::pair<std::string_view, std::string_view>;
    constexpr std::array types{
        type{".css", "text/css; charset=utf-8"},
        type{".html", "text/html; charset=utf-8"},
        type{".ico", "image/x-icon"},
        type{".jpg", "image/jpeg"},
        type{".js", "text/javascript; charset=utf-8"},
        type{".json", "application/json"},
        type{".png", "image/png"},
        type{".svg", "image/svg+xml"},
        type{".txt", "text/plain; charset=utf-8"},
        type{".woff2", "font/woff2"},
    };
    for (const auto& [ending, meant] : types) {
        if (name.ends_with(ending)) return meant;
    }
    return "application/octet-stream";
}

// FNV-1a: not against forgers, but the same in every worker.
std::string tag_of(std::string_view content) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char byte : content) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    }
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
    return '"' + std::string(digits.data(), end) + '"';
}

// Whether one of the tags in If-None-Match is ours; a weak one, W/"…", serves as well.
bool is_known(std::string_view tags, std::string_view tag) {
    return tags == "*" || tags.find(tag) != std::string_view::npos;
}

bool same_state(const struct ::stat& one, const struct ::stat& other) {
    return one.st_ino == other.st_ino && one.st_size == other.st_size &&
           one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
           one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

std::string read_all(int fd, const std::string& path) {
    std::string content;
    std::array<char, 16 * 1024> part;
    while (true) {
        const auto size =
            check("read " + path, retry([&] { return ::read(fd, part.data(), part.size()); }));
        if (size == 0) return content;
        content.append(part.data(), static_cast<std::size_t>(size));
    }
}

void add_rules(http_reply& reply, const std::string& tag) {
    reply.header("ETag", tag);
    reply.header("Cache-Control", "no-cache");
    reply.header("X-Content-Type-Options", "nosniff");
    // What default-src does not speak for is said one by one.
    reply.header("Content-Security-Policy",
                 "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
}

}  // namespace

static_files::static_files(const std::string& directory) : directory_(directory) {
    std::error_code error;
    for (std::filesystem::directory_iterator each(directory, error), end; !error && each != end;
         each.increment(error)) {
        const std::string name = each->path().filename().string();
        std::error_code unknown;
        const auto kind = each->symlink_status(unknown).type();
        if (kind == std::filesystem::file_type::regular && !name.starts_with('.')) {
            read(name, files_[name]);
        }
    }
    if (error) throw_error(error, "open " + directory);
}

bool static_files::answer(const http_request& request, http_reply& reply) {
    const std::string decoded = percent_decoded(request.path());
    if (!decoded.starts_with('/')) return false;
    const std::string name = decoded == "/" ? "index.html" : decoded.substr(1);
    const auto found = files_.find(name);
    if (found == files_.end()) return false;
    if (request.method() != "GET" && request.method() != "HEAD") {
        reply.text("Only GET and HEAD are answered here.\n", 405);
        reply.header("Allow", "GET, HEAD");
        return true;
    }
    file& kept = found->second;
    read_again_if_changed(name, kept);
    if (is_known(request.header("if-none-match"), kept.tag)) {
        reply.status = 304;
    } else {
        reply.send(type_of(name), kept.content);
    }
    add_rules(reply, kept.tag);
    return true;
}

std::string static_files::path_of(const std::string& name) const {
    return directory_ + "/" + name;
}

void static_files::read(const std::string& name, file& into) const {
    const std::string path = path_of(name);
    // A link, or something that would let open() wait, may have taken the file's place.
    const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const unique_fd fd(check("open " + path, ::open(path.c_str(), flags)));
    file fresh;
    check("fstat " + path, ::fstat(fd.get(), &fresh.state));
    if (!S_ISREG(fresh.state.st_mode)) {
        throw_error(std::make_error_code(std::errc::invalid_argument), "open " + path);
    }
    fresh.content = read_all(fd.get(), path);
    fresh.tag = tag_of(fresh.content);
    into = std::move(fresh);
}

// A file that cannot be read now, because an editor is about to replace it, is answered as it was.
void static_files::read_again_if_changed(const std::string& name, file& kept) const {
    struct ::stat now {};
    if (::lstat(path_of(name).c_str(), &now) != 0 || same_state(now, kept.state)) return;
    try {
        read(name, kept);
    } catch (const std::system_error&) {
        return;
    }
}

}  // namespace support
