// How a handler that may run late finds out that the object it serves is gone.
//
// Asio calls a handler some time after the operation ended; by then its object may have been
// destroyed. Reference counting would answer that by keeping the object (and its descriptors)
// alive; we want the opposite: the object dies when its owner says so, at once, and the handler
// sees that it is gone. One thread, so no atomics and no locks.
#pragma once

#include <utility>

namespace support {

template <class Owner>
class weak_ref;

/// A member that makes its object observable by weak_refs. Declare it last, construct it with
/// `this`.
///
/// When the object is moved, the refs follow it: the owner's move constructor passes its own new
/// `this`.
template <class Owner>
class weak_anchor {
  public:
    explicit weak_anchor(Owner* owner) noexcept : owner_(owner) {}
    weak_anchor(weak_anchor&& other, Owner* owner) noexcept
        : owner_(owner), first_(std::exchange(other.first_, nullptr)) {
        for (auto* ref = first_; ref != nullptr; ref = ref->next_) ref->anchor_ = this;
    }
    weak_anchor(const weak_anchor&) = delete;
    weak_anchor& operator=(const weak_anchor&) = delete;
    ~weak_anchor() {
        for (auto* ref = first_; ref != nullptr; ref = ref->next_) ref->anchor_ = nullptr;
    }

  private:
    friend class weak_ref<Owner>;
    Owner* owner_;
    weak_ref<Owner>* first_ = nullptr;  // the list of refs, linked through the refs themselves
};

/// Points to an object for as long as it lives; null afterwards. Copies and moves like a pointer.
template <class Owner>
class weak_ref {
  public:
    weak_ref() = default;
    explicit weak_ref(weak_anchor<Owner>& anchor) noexcept { link(&anchor); }
    weak_ref(const weak_ref& other) noexcept { link(other.anchor_); }
    weak_ref& operator=(const weak_ref& other) noexcept {
        if (this != &other) {
            unlink();
            link(other.anchor_);
        }
        return *this;
    }
    ~weak_ref() { unlink(); }

    /// The object, or null if it is gone.
    [[nodiscard]] Owner* get() const noexcept {
        return anchor_ != nullptr ? anchor_->owner_ : nullptr;
    }
    explicit operator bool() const noexcept { return get() != nullptr; }
    Owner* operator->() const noexcept { return get(); }

  private:
    friend class weak_anchor<Owner>;

    // Not inline: g++ 12 would see a local ref's address stored, not that its destructor takes it
    // out again, and warn.
    [[gnu::noinline]] void link(weak_anchor<Owner>* anchor) noexcept {
        anchor_ = anchor;
        if (anchor_ == nullptr) return;
        previous_ = nullptr;
        next_ = anchor_->first_;
        if (next_ != nullptr) next_->previous_ = this;
        anchor_->first_ = this;
    }

    void unlink() noexcept {
        if (anchor_ == nullptr) return;
        (previous_ != nullptr ? previous_->next_ : anchor_->first_) = next_;
        if (next_ != nullptr) next_->previous_ = previous_;
        anchor_ = nullptr;
    }

    weak_anchor<Owner>* anchor_ = nullptr;
    weak_ref* previous_ = nullptr;
    weak_ref* next_ = nullptr;
};

}  // namespace support
