// What a Node peer depends on, checked on each line of a channel.
#pragma once

#include <sys/socket.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// A line, and the descriptors that came with it: at which byte, and their SO_TYPE, 0 for what is
/// no socket.
struct channel_line {
    bool ours = false;
    std::string text;
    std::vector<std::size_t> descriptors_at;
    std::vector<int> types;

    void add_descriptor(int fd) {
        int type = 0;
        socklen_t size = sizeof type;
        descriptors_at.push_back(text.size());
        types.push_back(::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : 0);
    }
};

/// The ten ways to hurt a Node peer, and one more: none may come from our side.
class channel_rules {
  public:
    using json = nlohmann::json;

    void take(const channel_line& line) {
        const json message = json::parse(line.text, nullptr, false);
        if (message.is_discarded()) return check(!line.ours, "no JSON", line);  // an empty one, too
        const std::string cmd = text(message, "cmd");
        const bool answer = cmd == "NODE_HANDLE_ACK" || cmd == "NODE_HANDLE_NACK";
        const bool with_handle = cmd == "NODE_HANDLE";
        if (line.ours) {
            if (answer) {
                check(we_owe_ > 0, "an answer to no handle", line);
                --we_owe_;
            } else {
                check(!they_owe_, "a message before the answer to the handle", line);
            }
            check_descriptors(line, message, with_handle);
        } else if (answer) {
            they_owe_ = false;
        }
        if (with_handle && line.ours) they_owe_ = true;
        if (with_handle && !line.ours) ++we_owe_;
        take_cluster(line, with_handle ? message["msg"] : message, with_handle, message);
    }

    [[nodiscard]] std::string report() {
        if (we_owe_ != 0) broken_ << "broken: we owe answers to handles: " << we_owe_ << "\n";
        for (const int seq : offered_) {
            broken_ << "broken: no answer to connection " << seq << "\n";
        }
        std::ostringstream all;
        for (const auto& [what, times] : counts_) all << what << ": " << times << "\n";
        return all.str() + broken_.str();
    }

  private:
    static std::string text(const json& message, const char* field) {
        if (!message.is_object() || !message.contains(field)) return "";
        return message[field].is_string() ? message[field].get<std::string>() : "";
    }

    void check(bool good, const std::string& what, const channel_line& line) {
        if (!good) broken_ << "broken: " << what << ": " << line.text << "\n";
    }

    void check_descriptors(const channel_line& line, const json& message, bool with_handle) {
        static const std::set<std::string> types{"net.Server", "net.Socket", "net.Native",
                                                 "dgram.Socket", "dgram.Native"};
        const std::vector<std::size_t> one_in_front{0};
        if (!with_handle) return check(line.descriptors_at.empty(), "an unannounced handle", line);
        check(line.descriptors_at == one_in_front, "not one descriptor in front", line);
        check(types.count(text(message, "type")) == 1, "an unknown type", line);
        for (const int type : line.types) {
            check(type == SOCK_STREAM || type == SOCK_DGRAM, "a handle that is no socket", line);
        }
    }

    void take_cluster(const channel_line& line, const json& inner, bool with_handle,
                      const json& outer) {
        if (text(inner, "cmd") != "NODE_CLUSTER") return;
        const std::string act = text(inner, "act");
        ++counts_[(line.ours ? "ours " : "theirs ") + (act.empty() ? "reply" : act)];
        if (act == "newconn") {
            const bool native = with_handle && text(outer, "type") == "net.Native";
            if (line.ours) check(native, "a connection that is not bare", line);
            if (!line.ours) offered_.insert(inner["seq"].get<int>());
        }
        if (act == "queryServer" && !line.ours && !inner["data"].is_null()) {
            asked_with_data_.insert(inner["seq"].get<int>());
        }
        if (act == "disconnect" && line.ours) {
            check(!std::exchange(told_, true), "a second disconnect", line);
        }
        if (act.empty() && inner.contains("ack")) take_reply(line, inner);
    }

    void take_reply(const channel_line& line, const json& reply) {
        if (reply.contains("accepted")) {
            const bool taken = reply["accepted"].get<bool>();
            ++counts_[std::string(line.ours ? "ours " : "theirs ") +
                      (taken ? "accepted" : "refused")];
        }
        if (!line.ours) return;
        const int request = reply["ack"].get<int>();
        offered_.erase(request);
        if (asked_with_data_.count(request) > 0) {
            check(!reply["data"].is_null(), "no data for TLS", line);
        }
    }

    bool they_owe_ = false;  // the answer to our handle
    bool told_ = false;
    int we_owe_ = 0;         // answers to their handles
    std::set<int> offered_;  // connections, to us, by the number of the offer
    std::set<int> asked_with_data_;
    std::map<std::string, int> counts_;
    std::ostringstream broken_;
};
