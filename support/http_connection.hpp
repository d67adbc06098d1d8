// One connection of an http_server: bytes in, requests to the handler, answers out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "support/http_chunked.hpp"
#include "support/http_head.hpp"
#include "support/http_response.hpp"
#include "support/http_waits.hpp"
#include "support/unique_fd.hpp"
#include "support/weak_ref.hpp"

namespace support {

class http_core;

/// Driven by its core: on_event when the socket is ready, on_deadline when it waited too long.
///
/// It holds bytes of its own only where a request or an answer is half way; all else is in the
/// core's buffers. Requests are answered one after the other; while an answer is in the making or
/// waits for the client to take it, nothing is read, so that a client who asks faster than it
/// listens fills the kernel's buffers and not ours.
class http_connection : public http_waiter {
  public:
    http_connection(http_core& core, unique_fd fd);
    http_connection(const http_connection&) = delete;
    http_connection& operator=(const http_connection&) = delete;

    /// Reads what has come, if `at_once`, and waits for the rest.
    void start(bool at_once);
    /// @param events  epoll's
    void on_event(std::uint32_t events);
    void on_deadline(http_wait kind);
    /// Closes. The core frees the object when its turn ends.
    void end();
    /// Whether it has never said a word.
    [[nodiscard]] bool silent() const { return served_ == 0 && !mid_request(); }

  private:
    enum class phase { receiving, handling, lingering, ended };
    enum class closing { no, at_once, lingering };

    // Requests (http_connection.cpp). Each take_… returns how much of `input` is done with, 0 to
    // wait for more.
    void receive();
    void take_held();
    std::size_t take(std::string_view input);
    std::size_t take_one(std::string_view input);
    std::size_t take_head(std::string_view input);
    std::size_t take_body(std::string_view input);
    std::size_t answer_whole(std::string_view input, std::size_t head_size);
    std::size_t take_chunks(std::string_view input);
    void answer(const http_request& request, bool more);
    void promise(asio::awaitable<http_response> answer);
    static void keep_promise(http_core& core, http_connection* self,
                             const std::exception_ptr& error, const http_response& response);
    void answer_now(const std::exception_ptr& error, const http_response& response);
    [[nodiscard]] bool mid_request() const {
        return !held_.empty() || chunked_ != nullptr || head_size_ > 0;
    }

    // Answers (http_connection_output.cpp).
    void respond(const http_response& response, bool more);
    void fail(const std::exception_ptr& error);
    void refuse(int status);
    void settle();
    void settle_wait();
    void flush();
    [[nodiscard]] std::size_t send_some(std::string_view bytes);
    void resume_sending();
    void wait_for_client();
    [[nodiscard]] int untaken() const;
    void watch();
    [[nodiscard]] bool more_in_kernel() const;

    // Ends (http_connection_end.cpp).
    void hand_over(const std::function<void(unique_fd)>& taker);
    void linger();
    void discard();
    void cut();
    [[nodiscard]] unique_fd leave();

    http_core& core_;
    unique_fd fd_;
    phase phase_ = phase::receiving;
    closing closing_ = closing::no;
    bool registered_ = false;   // in the epoll set
    bool readable_ = false;     // reported and not read to the end
    bool half_closed_ = false;  // the client's end of its stream was reported
    http_wait waits_for_ = http_wait::head;

    std::string held_;  // came, but is not answered: part of a request, or requests behind one in
                        // the making
    http_head_end head_end_;
    http_framing framing_;
    std::size_t head_size_ =
        0;  // a whole head of this size is at the front of held_, its body is not
    std::unique_ptr<http_chunked> chunked_;
    bool new_request_ = true;  // begun since the last wait
    int empty_lines_ = 0;      // before the next request

    // About the request that is being answered.
    bool client_stays_ = true;
    bool http_10_ = false;
    bool head_only_ = false;

    std::string unsent_;    // answers that the client has not taken
    std::size_t sent_ = 0;  // of unsent_
    int untaken_ = 0;       // bytes, when it began to wait for the client to take them
    std::size_t served_ = 0;
    std::size_t sends_ = 0;
    std::size_t lingered_ = 0;  // bytes read and thrown away
    weak_anchor<http_connection> anchor_{this};
};

}  // namespace support
