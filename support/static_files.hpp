// The files of one directory, served over HTTP from memory.
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>
#include <string_view>

#include "support/http_request.hpp"
#include "support/http_response.hpp"

namespace support {

/// Answers for the files that a directory holds when this is made.
///
/// A path names a file or there is none: it is looked up among the names that were read, so that no
/// path, however it is written, leads out of the directory. Folders in it, links and names that
/// begin with a dot are passed over. A file that changes is read again; a new one is seen at the
/// next start.
///
///     support::static_files pages("pages/app");
///     …
///     if (pages.answer(request, reply)) return;
///     reply.text("Not found.\n", 404);
class static_files {
  public:
    /// @param directory  small files alone: all of them are kept in memory
    /// @throws std::system_error "open pages/app: …" if it cannot be read, or a file in it
    explicit static_files(const std::string& directory);

    /// Answers if the request names one of the files; "/" is index.html.
    ///
    /// GET and HEAD: 200 with the type by the name's ending, or 304 if the client's copy is still
    /// right (If-None-Match). Browsers ask each time, run nothing that is not from here and show
    /// the page in no frame. Other methods: 405.
    /// @return  false, with the reply as it was, if there is no such file
    [[nodiscard]] bool answer(const http_request& request, http_reply& reply);

  private:
    struct file {
        std::string content;
        std::string tag;  // ETag, the same in all processes
        struct ::stat state {};
    };

    [[nodiscard]] std::string path_of(const std::string& name) const;
    void read(const std::string& name, file& into) const;
    void read_again_if_changed(const std::string& name, file& kept) const;

    std::string directory_;
    std::map<std::string, file, std::less<>> files_;
};

}  // namespace support
