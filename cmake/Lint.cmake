# The target `lint` of the preset lint: clang-tidy (with .clang-tidy) over every file of the compilation database.
# Nothing is compiled for it; precompiled headers are switched off because gcc's mean nothing to clang.
include_guard(GLOBAL)

if(CLUSTER_WORKSHOP_LINT)
    find_program(CLUSTER_WORKSHOP_RUN_CLANG_TIDY NAMES run-clang-tidy run-clang-tidy-14 REQUIRED)
    add_custom_target(lint
        COMMAND "${CLUSTER_WORKSHOP_RUN_CLANG_TIDY}" -quiet -p "${CMAKE_BINARY_DIR}"
        WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" USES_TERMINAL VERBATIM
        COMMENT "clang-tidy on every source file")
endif()
