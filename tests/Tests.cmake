# How tests are built and registered.
#   tests/NN-some-name/*.cpp   one executable, tests_NN; each TEST_CASE is a ctest of its own with the label NN
#   tests/programs/*.cpp       small programs that the tests run as children
#   tests/NN-some-name/programs/*.cpp   the same, linked with that stage's library
#   NN-some-name/README.md     the lesson, run by the lesson checker as the ctest lesson.NN
include_guard(GLOBAL)

find_package(Catch2 REQUIRED)  # 2.13 of Debian 12, or 3
include(Catch)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

set(CLUSTER_WORKSHOP_TESTS "${CMAKE_CURRENT_LIST_DIR}")
set(CLUSTER_WORKSHOP_TEST_PROGRAMS "${CMAKE_BINARY_DIR}/tests/programs")

# What every test executable shares: main with the leak listener, the helpers, and Catch2 compiled once.
add_library(test_support STATIC EXCLUDE_FROM_ALL
            "${CLUSTER_WORKSHOP_TESTS}/leaks.cpp" "${CLUSTER_WORKSHOP_TESTS}/main.cpp"
            "${CLUSTER_WORKSHOP_TESTS}/helpers.cpp" "${CLUSTER_WORKSHOP_TESTS}/load.cpp")
target_link_libraries(test_support PUBLIC Catch2::Catch2 cluster_workshop::support
                                          cluster_workshop_settings)
target_include_directories(test_support PUBLIC "${CLUSTER_WORKSHOP_ROOT}")
target_precompile_headers(test_support PRIVATE "${CLUSTER_WORKSHOP_TESTS}/precompiled.hpp")
# What tests do themselves is little; what they test is compiled as ever. PUBLIC: all of them share that header.
target_compile_options(test_support PUBLIC $<$<CONFIG:Dev>:-O0>)
# Catch2 v2 is configured by macros in these two files, so they cannot take it precompiled.
set_source_files_properties("${CLUSTER_WORKSHOP_TESTS}/leaks.cpp" "${CLUSTER_WORKSHOP_TESTS}/main.cpp"
                            PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -O0)
# Only here, so that all tests can share the precompiled header.
set_source_files_properties("${CLUSTER_WORKSHOP_TESTS}/helpers.cpp" PROPERTIES COMPILE_DEFINITIONS
    "CLUSTER_WORKSHOP_TEST_PROGRAMS=\"${CLUSTER_WORKSHOP_TEST_PROGRAMS}\";\
CLUSTER_WORKSHOP_ROOT=\"${CLUSTER_WORKSHOP_ROOT}\";CLUSTER_WORKSHOP_BUILD=\"${CMAKE_BINARY_DIR}\"")

# Small programs that tests run as children: those in tests/programs for all of them, those in a stage's own folder with
# the stage's library.
function(cluster_workshop_test_programs users folder)
    file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cpp")
    foreach(source IN LISTS sources)
        get_filename_component(program "${source}" NAME_WE)
        add_executable(${program} EXCLUDE_FROM_ALL "${source}")
        set_target_properties(${program} PROPERTIES
                              RUNTIME_OUTPUT_DIRECTORY "${CLUSTER_WORKSHOP_TEST_PROGRAMS}")
        target_link_libraries(${program} PRIVATE cluster_workshop_settings ${ARGN})
        target_include_directories(${program} PRIVATE "${CLUSTER_WORKSHOP_ROOT}")
        if(ARGN)
            cluster_workshop_precompiled(${program})
        endif()
        add_dependencies(${users} ${program})
    endforeach()
endfunction()
add_custom_target(test_programs)
cluster_workshop_test_programs(test_programs "${CLUSTER_WORKSHOP_TESTS}/programs")

# cluster_workshop_tests(01 01-spawn-exec spawn_exec): the tests of one folder, against one library.
function(cluster_workshop_tests label folder library)
    file(GLOB tests CONFIGURE_DEPENDS "${CLUSTER_WORKSHOP_TESTS}/${folder}/*.cpp")
    if(NOT tests)
        return()
    endif()
    add_executable(tests_${label} ${tests})
    target_link_libraries(tests_${label} PRIVATE test_support ${library})
    target_precompile_headers(tests_${label} REUSE_FROM test_support)
    # Most of a test's compile time is the same templates as in the next one, so a few share a translation unit; more of
    # them would make the wait after an edit long. What is no test stays alone: a batch is no file's main file, and
    # g++ warns of unnamed types in the frames of coroutines that are declared in a header.
    set_target_properties(tests_${label} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    list(FILTER tests EXCLUDE REGEX "_test\\.cpp$")
    set_source_files_properties(${tests} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    add_dependencies(tests_${label} test_programs ${ARGN})
    cluster_workshop_test_programs(
        tests_${label} "${CLUSTER_WORKSHOP_TESTS}/${folder}/programs" ${library})
    set(limit 90)  # more than tests::patience, so that a stuck test says itself what it waited for
    if(CLUSTER_WORKSHOP_SANITIZE)
        set(limit 270)
    endif()
    catch_discover_tests(tests_${label}
        TEST_PREFIX "${label}: "
        PROPERTIES LABELS "${label}" TIMEOUT ${limit} SKIP_REGULAR_EXPRESSION "SKIPPED:")
endfunction()

# The lesson is a test: everything in it that can be run is run.
function(cluster_workshop_lesson_test number lesson)
    if(NOT EXISTS "${lesson}")
        return()
    endif()
    add_test(NAME lesson.${number}
             COMMAND Python3::Interpreter "${CLUSTER_WORKSHOP_ROOT}/tools/check_lesson.py"
                     --build "${CMAKE_BINARY_DIR}" "${lesson}")
    set_tests_properties(lesson.${number} PROPERTIES LABELS "${number};lessons" TIMEOUT 120
                         SKIP_RETURN_CODE 77)
endfunction()
