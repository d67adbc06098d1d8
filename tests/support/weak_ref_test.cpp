#include "support/weak_ref.hpp"

#include <memory>
#include <vector>

#include "tests/catch.hpp"

namespace {

struct object {
    explicit object(int n) : number(n) {}
    object(object&& other) noexcept : number(other.number), anchor(std::move(other.anchor), this) {}
    int number;
    support::weak_anchor<object> anchor{this};
};

using ref = support::weak_ref<object>;

}  // namespace

TEST_CASE("a weak_ref points to its object until that is gone", "[support][weak_ref]") {
    ref none;
    CHECK(none.get() == nullptr);
    auto owner = std::make_unique<object>(7);
    const ref pointer(owner->anchor);
    CHECK(pointer);
    CHECK(pointer->number == 7);
    owner.reset();
    CHECK_FALSE(pointer);
    CHECK(pointer.get() == nullptr);
}

TEST_CASE("refs may go in any order before their object", "[support][weak_ref]") {
    object owner(1);
    for (int leaver = 0; leaver < 3; ++leaver) {
        std::vector<std::unique_ptr<ref>> refs;
        for (int n = 0; n < 3; ++n) refs.push_back(std::make_unique<ref>(owner.anchor));
        refs[static_cast<std::size_t>(leaver)].reset();  // the last, a middle, the first
        for (const auto& left : refs) CHECK((left == nullptr || left->get() == &owner));
    }
    const ref still(owner.anchor);
    CHECK(still.get() == &owner);
}

TEST_CASE("copies of a ref all learn of the end", "[support][weak_ref]") {
    auto owner = std::make_unique<object>(1);
    auto first = std::make_unique<ref>(owner->anchor);
    const ref second = *first;
    ref third;
    third = second;
    ref& itself = third;
    third = itself;
    first.reset();
    CHECK(second.get() == owner.get());
    CHECK(third.get() == owner.get());
    owner.reset();
    CHECK_FALSE(second);
    CHECK_FALSE(third);
    const ref of_nothing = second;
    CHECK_FALSE(of_nothing);
}

TEST_CASE("a ref can change to another object", "[support][weak_ref]") {
    auto first = std::make_unique<object>(1);
    object second(2);
    ref pointer(first->anchor);
    pointer = ref(second.anchor);
    first.reset();
    CHECK(pointer->number == 2);
    pointer = ref();
    CHECK_FALSE(pointer);
}

TEST_CASE("refs follow an object that is moved", "[support][weak_ref]") {
    auto from = std::make_unique<object>(5);
    const ref pointer(from->anchor);
    const ref another(from->anchor);
    auto to = std::make_unique<object>(std::move(*from));
    CHECK(pointer.get() == to.get());
    from.reset();  // the empty one takes nothing with it
    CHECK(pointer->number == 5);
    CHECK(another.get() == to.get());
    to.reset();
    CHECK_FALSE(pointer);
    CHECK_FALSE(another);
}
