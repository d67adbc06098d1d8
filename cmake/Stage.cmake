# How every stage is built. A stage folder holds one call:
#
#   add_stage(handle_passing
#       HEADERS  fd_passing.hpp …          # its small library
#       SOURCES  fd_passing.cpp …
#       INSTALLED handle.hpp …             # those headers that users of the installed library get
#       PROGRAMS share_udp …               # programs/share_udp.cpp, one file each
#       USES     fork_ipc …)               # earlier stages; support is always there
#
# and gets the target cluster_workshop::handle_passing, its programs, the tests in tests/03-handle-passing and the
# lesson as a test. It works the same from the top-level CMakeLists and with the stage folder as the top.
include_guard(GLOBAL)

get_filename_component(CLUSTER_WORKSHOP_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
include(${CMAKE_CURRENT_LIST_DIR}/Settings.cmake)
option(BUILD_TESTING "Build the tests" ON)
if(BUILD_TESTING AND CLUSTER_WORKSHOP_IS_TOP)
    set(CLUSTER_WORKSHOP_TESTING ON)
    enable_testing()
    include(${CMAKE_CURRENT_LIST_DIR}/../tests/Tests.cmake)
endif()

# Brings in `support` or an earlier stage when a stage folder is configured alone.
function(cluster_workshop_need name)
    if(TARGET ${name})
        return()
    endif()
    string(REPLACE "_" "-" folder "${name}")
    file(GLOB found LIST_DIRECTORIES true
         "${CLUSTER_WORKSHOP_ROOT}/[0-9][0-9]-${folder}" "${CLUSTER_WORKSHOP_ROOT}/${folder}")
    list(LENGTH found count)
    if(NOT count EQUAL 1)
        message(FATAL_ERROR "add_stage: no stage folder for USES ${name} (looked for NN-${folder})")
    endif()
    get_filename_component(folder "${found}" NAME)
    add_subdirectory("${found}" "${CMAKE_BINARY_DIR}/${folder}")
endfunction()

function(add_stage name)
    cmake_parse_arguments(PARSE_ARGV 1 stage "" "" "HEADERS;INSTALLED;SOURCES;PROGRAMS;USES")
    if(stage_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "add_stage(${name}): unknown arguments: ${stage_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(folder "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
    string(SUBSTRING "${folder}" 0 2 number)

    foreach(needed IN LISTS stage_USES ITEMS support)
        cluster_workshop_need(${needed})
    endforeach()

    cluster_workshop_library(${name} HEADERS ${stage_HEADERS} INSTALLED ${stage_INSTALLED} SOURCES ${stage_SOURCES})
    list(TRANSFORM stage_USES PREPEND cluster_workshop::)
    target_link_libraries(${name} PUBLIC ${stage_USES} cluster_workshop::support)

    if(NOT CLUSTER_WORKSHOP_IS_TOP)
        return()
    endif()
    foreach(program IN LISTS stage_PROGRAMS)
        add_executable(${program} programs/${program}.cpp)
        target_link_libraries(${program} PRIVATE ${name} cluster_workshop_settings)
        cluster_workshop_precompiled(${program})
        # The same place whether this folder is the top or not: build/…/03-handle-passing/share_udp.
        set_target_properties(${program} PROPERTIES
                              RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${folder}")
    endforeach()

    if(CLUSTER_WORKSHOP_TESTING)
        cluster_workshop_tests(${number} ${folder} ${name} ${stage_PROGRAMS})
        cluster_workshop_lesson_test(${number} "${CMAKE_CURRENT_SOURCE_DIR}/README.md")
    endif()
endfunction()
