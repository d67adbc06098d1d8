// Log lines that stay whole when many processes write to one terminal.
#pragma once

#include <sstream>
#include <string>

namespace support {

/// Names this process in its log lines: "primary" gives `[primary 4711] …`. Until it is called the
/// name is "process".
void set_log_role(std::string role);

/// Writes `[role pid] text` and a newline to standard output, in one write(2): the kernel appends a
/// write to a pipe or file whole, so lines of several processes never mix.
void log_line(const std::string& text);

/// One log line, written when the object goes: `log() << "worker " << id << " died";`.
class log {
  public:
    log() = default;
    log(const log&) = delete;
    log& operator=(const log&) = delete;
    ~log() { log_line(text_.str()); }

    template <class Value>
    log& operator<<(const Value& value) {
        text_ << value;
        return *this;
    }

  private:
    std::ostringstream text_;
};

}  // namespace support
