# `cmake --workflow --preset lint`: clang-tidy over every file of ours, and clang-format as a check.
#
# Nearly all of clang-tidy's time goes into the headers that every file includes. So the files of a folder are read as
# one (CMake's unity build, of which nothing is compiled), and what is found is still reported under its own name.
include_guard(GLOBAL)

find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy REQUIRED)
find_program(CLANG_FORMAT NAMES clang-format-14 clang-format REQUIRED)

file(GLOB_RECURSE sources CONFIGURE_DEPENDS
     "${CLUSTER_WORKSHOP_ROOT}/support/*.[ch]pp" "${CLUSTER_WORKSHOP_ROOT}/[0-9][0-9]-*/*.[ch]pp"
     "${CLUSTER_WORKSHOP_ROOT}/tests/*.[ch]pp" "${CLUSTER_WORKSHOP_ROOT}/cmake/*.[ch]pp"
     "${CLUSTER_WORKSHOP_ROOT}/docs/*.[ch]pp" "${CLUSTER_WORKSHOP_ROOT}/bench/*.[ch]pp")
file(GLOB_RECURSE checks CONFIGURE_DEPENDS "${CLUSTER_WORKSHOP_ROOT}/exercises/*.[ch]pp")  # their form alone

# clang-tidy looks for its settings in the folder of what it reads and in those above, so they must stand there too.
configure_file("${CLUSTER_WORKSHOP_ROOT}/.clang-tidy" "${CMAKE_BINARY_DIR}/.clang-tidy" COPYONLY)

# cluster_workshop_lint_together(NAME SOURCE…): one translation unit for clang-tidy.
function(cluster_workshop_lint_together name)
    add_library(${name} OBJECT EXCLUDE_FROM_ALL ${ARGN})
    target_link_libraries(${name} PRIVATE cluster_workshop_settings cluster_workshop::support Catch2::Catch2)
    target_include_directories(${name} PRIVATE "${CLUSTER_WORKSHOP_ROOT}"
                                               "${CLUSTER_WORKSHOP_ROOT}/06-cluster-lib/include")
    set_target_properties(${name} PROPERTIES
        EXPORT_COMPILE_COMMANDS ON UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0
        UNITY_BUILD_CODE_BEFORE_INCLUDE "// NOLINTNEXTLINE(bugprone-suspicious-include)")
    if(name MATCHES "^lint_tests")
        configure_file("${CLUSTER_WORKSHOP_ROOT}/tests/.clang-tidy"
                       "${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir/.clang-tidy" COPYONLY)
    endif()
endfunction()

# Every program has a main and calls its settings `settings`, and tests have helpers of the same names; so each is read
# in a namespace of its own. What they include must have been read before, outside of it.
function(cluster_workshop_lint_apart name)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
    foreach(source IN LISTS ARGN)
        file(STRINGS "${source}" found REGEX "^#include ")
        list(APPEND includes ${found})
    endforeach()
    list(REMOVE_DUPLICATES includes)
    # Only the real main may end without a return; all other functions are g++'s to look at.
    list(PREPEND includes "#pragma clang diagnostic ignored \"-Wreturn-type\"")
    list(JOIN includes "\n" includes)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/${name}.hpp" CONTENT "@includes@\n" @ONLY)
    cluster_workshop_lint_together(${name} ${ARGN})
    target_compile_options(${name} PRIVATE -include "${CMAKE_BINARY_DIR}/${name}.hpp")
    set_target_properties(${name} PROPERTIES
        UNITY_BUILD_UNIQUE_ID THIS_FILE
        UNITY_BUILD_CODE_BEFORE_INCLUDE "namespace THIS_FILE {\n// NOLINTNEXTLINE(bugprone-suspicious-include)"
        UNITY_BUILD_CODE_AFTER_INCLUDE "}")
endfunction()

# Asio's definitions must come before any of its declarations.
set_source_files_properties("${CLUSTER_WORKSHOP_ROOT}/support/asio.cpp" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)

foreach(source IN LISTS sources)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}" OUTPUT_VARIABLE path)
    if(NOT path MATCHES "\\.cpp$")
        continue()
    elseif(path MATCHES "^tests/.*programs/")
        list(APPEND test_programs "${source}")
    elseif(path MATCHES "/programs/")
        list(APPEND programs "${source}")
    else()
        cmake_path(GET path PARENT_PATH folder)
        string(REPLACE "/" "_" name "lint_${folder}")
        if(path MATCHES "_test\\.cpp$")
            list(APPEND test_names ${name}_cases)
            list(APPEND ${name}_cases "${source}")
        else()
            list(APPEND names ${name})
            list(APPEND ${name} "${source}")
        endif()
    endif()
endforeach()
cluster_workshop_lint_apart(lint_programs ${programs})
cluster_workshop_lint_apart(lint_tests_programs ${test_programs})
list(REMOVE_DUPLICATES test_names)
foreach(name IN LISTS test_names)
    cluster_workshop_lint_apart(${name} ${${name}})
endforeach()
list(REMOVE_DUPLICATES names)
foreach(name IN LISTS names)
    cluster_workshop_lint_together(${name} ${${name}})
endforeach()

add_custom_target(lint
    COMMAND ${CLANG_FORMAT} --dry-run -Werror ${sources} ${checks}
    COMMAND ${RUN_CLANG_TIDY} -quiet -p "${CMAKE_BINARY_DIR}"
    WORKING_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}"
    USES_TERMINAL VERBATIM)
