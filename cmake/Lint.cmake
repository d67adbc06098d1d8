# `cmake --workflow --preset lint`: clang-tidy over every file of ours, and clang-format as a check.
include_guard(GLOBAL)

find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy REQUIRED)
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format REQUIRED)

file(GLOB_RECURSE sources CONFIGURE_DEPENDS
     "${CLUSTER_WORKSHOP_ROOT}/support/*.[ch]pp" "${CLUSTER_WORKSHOP_ROOT}/[0-9][0-9]-*/*.[ch]pp"
     "${CLUSTER_WORKSHOP_ROOT}/tests/*.[ch]pp" "${CLUSTER_WORKSHOP_ROOT}/cmake/*.[ch]pp")

add_custom_target(lint
    COMMAND ${CLANG_FORMAT} --dry-run -Werror ${sources}
    COMMAND ${RUN_CLANG_TIDY} -quiet -p "${CMAKE_BINARY_DIR}" "${CLUSTER_WORKSHOP_ROOT}/.*"
    WORKING_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}"
    USES_TERMINAL VERBATIM)
