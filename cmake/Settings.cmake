# What all targets share: the language level, warnings, sanitizers and lint, each as target properties.
include_guard(GLOBAL)

option(CLUSTER_WORKSHOP_WERROR "Treat warnings as errors (our presets do)" OFF)
set(CLUSTER_WORKSHOP_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
option(CLUSTER_WORKSHOP_LINT "Run clang-tidy beside the compiler" OFF)

# "Dev" compiles fast and still runs the demos at a fair speed; -g1 is enough for a backtrace with lines.
if(NOT CMAKE_CXX_FLAGS_DEV)  # project() has already put an empty one into the cache
    set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "Flags of the Dev build type" FORCE)
endif()
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Dev CACHE STRING "Build type" FORCE)
endif()

find_package(Boost 1.81 REQUIRED COMPONENTS program_options)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(Threads REQUIRED)

add_library(cluster_workshop_settings INTERFACE)
target_compile_features(cluster_workshop_settings INTERFACE cxx_std_20)
target_compile_options(cluster_workshop_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    # g++ 12 reports operator new/delete pairs of coroutine frames as mismatched at -O1; they match.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    $<$<BOOL:${CLUSTER_WORKSHOP_WERROR}>:-Werror>)
if(CLUSTER_WORKSHOP_SANITIZE)
    target_compile_options(cluster_workshop_settings INTERFACE
        -fsanitize=${CLUSTER_WORKSHOP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(cluster_workshop_settings INTERFACE -fsanitize=${CLUSTER_WORKSHOP_SANITIZE})
endif()

# A library whose includes are rooted at the repository: #include "03-handle-passing/handle.hpp".
function(cluster_workshop_library name)
    cmake_parse_arguments(PARSE_ARGV 1 lib "" "" "HEADERS;SOURCES")
    add_library(${name} STATIC ${lib_SOURCES})
    add_library(cluster_workshop::${name} ALIAS ${name})
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CLUSTER_WORKSHOP_ROOT}"
                                  FILES ${lib_HEADERS})
    target_compile_features(${name} PUBLIC cxx_std_20)
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:cluster_workshop_settings>)
endfunction()
