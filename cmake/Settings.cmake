# What all targets share: the language level, warnings, sanitizers and lint, each as target properties.
include_guard(GLOBAL)

# Whether the repository, or one of its stage folders, is what is being built; otherwise it is a part of somebody's
# project, whose build type, tests and programs are none of ours.
cmake_path(GET CMAKE_SOURCE_DIR PARENT_PATH cluster_workshop_above)
if(CMAKE_SOURCE_DIR STREQUAL CLUSTER_WORKSHOP_ROOT OR cluster_workshop_above STREQUAL CLUSTER_WORKSHOP_ROOT)
    set(CLUSTER_WORKSHOP_IS_TOP ON)
else()
    set(CLUSTER_WORKSHOP_IS_TOP OFF)
endif()

option(CLUSTER_WORKSHOP_WERROR "Treat warnings as errors (our presets do)" OFF)
set(CLUSTER_WORKSHOP_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")
option(CLUSTER_WORKSHOP_LINT "Add the target lint: clang-tidy and clang-format" OFF)
if(CLUSTER_WORKSHOP_LINT)
    set(CMAKE_EXPORT_COMPILE_COMMANDS OFF)  # clang-tidy reads its own grouping of the files, see Lint.cmake
endif()

# "Dev" compiles fast and still runs the demos at a fair speed; -g1 is enough for a backtrace with lines.
if(NOT CMAKE_CXX_FLAGS_DEV)  # project() has already put an empty one into the cache
    set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "Flags of the Dev build type" FORCE)
endif()
if(CLUSTER_WORKSHOP_IS_TOP AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Dev CACHE STRING "Build type" FORCE)
endif()

# Half of a small program's start is the work of the dynamic linker on the C++ runtime, and half of an idle worker's
# memory the pages that it touches there.
option(CLUSTER_WORKSHOP_STATIC_RUNTIME "Programs carry the C++ runtime themselves (our optimised presets do)" OFF)
if(CLUSTER_WORKSHOP_STATIC_RUNTIME)
    set(Boost_USE_STATIC_LIBS ON)  # a shared one would bring the shared runtime with it
    add_link_options(-static-libstdc++ -static-libgcc)
endif()

find_package(Boost 1.81 REQUIRED COMPONENTS program_options)
find_package(nlohmann_json 3.9 REQUIRED)
find_package(Threads REQUIRED)

# Boost.Asio's own code is compiled once, in support, instead of in every file that uses it.
set(CLUSTER_WORKSHOP_ASIO_DEFINITIONS BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)

add_library(cluster_workshop_settings INTERFACE)
target_compile_features(cluster_workshop_settings INTERFACE cxx_std_20)
target_compile_options(cluster_workshop_settings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
    # g++ 12 reports operator new/delete pairs of coroutine frames as mismatched at -O1; they match.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    # A tenth of g++'s time is garbage collection that some memory makes needless. clang-tidy would complain of it.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<BOOL:${CLUSTER_WORKSHOP_LINT}>>>:--param=ggc-min-heapsize=400000>
    $<$<BOOL:${CLUSTER_WORKSHOP_WERROR}>:-Werror>)
if(CLUSTER_WORKSHOP_SANITIZE)
    # vptr checks open pipes to look at memory, so that they report nonsense when a test has run out of descriptors.
    target_compile_options(cluster_workshop_settings INTERFACE
        -fsanitize=${CLUSTER_WORKSHOP_SANITIZE} -fno-sanitize=vptr
        -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(cluster_workshop_settings INTERFACE -fsanitize=${CLUSTER_WORKSHOP_SANITIZE})
endif()

# Asio, coroutines and the standard library, compiled once for everybody: it takes a third off a clean build. Targets
# that share it are compiled with the same flags, so it is for our own libraries, programs and tests only.
option(CLUSTER_WORKSHOP_PRECOMPILE "Share one precompiled header (our presets do)" OFF)
if(CLUSTER_WORKSHOP_PRECOMPILE)
    add_library(cluster_workshop_precompiled OBJECT ${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp)
    target_link_libraries(cluster_workshop_precompiled PRIVATE cluster_workshop_settings Boost::headers
                                                               nlohmann_json::nlohmann_json Threads::Threads)
    target_compile_definitions(cluster_workshop_precompiled PRIVATE ${CLUSTER_WORKSHOP_ASIO_DEFINITIONS})
    target_include_directories(cluster_workshop_precompiled PRIVATE ${CMAKE_CURRENT_LIST_DIR}/..)
    target_precompile_headers(cluster_workshop_precompiled PRIVATE ${CMAKE_CURRENT_LIST_DIR}/precompiled.hpp)
endif()

function(cluster_workshop_precompiled target)
    if(TARGET cluster_workshop_precompiled)
        target_precompile_headers(${target} REUSE_FROM cluster_workshop_precompiled)
    endif()
endfunction()

# A library whose includes are rooted at the repository: #include "03-handle-passing/handle.hpp". INSTALLED are those
# of its headers that users of the installed library get, because the public ones include them.
function(cluster_workshop_library name)
    cmake_parse_arguments(PARSE_ARGV 1 lib "" "" "HEADERS;INSTALLED;SOURCES")
    add_library(${name} STATIC ${lib_SOURCES} ${lib_HEADERS})
    add_library(cluster_workshop::${name} ALIAS ${name})
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${CLUSTER_WORKSHOP_ROOT}"
                                  FILES ${lib_INSTALLED})
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CLUSTER_WORKSHOP_ROOT}>)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME cluster_workshop_${name})
    set_property(GLOBAL APPEND PROPERTY cluster_workshop_libraries ${name})
    target_compile_features(${name} PUBLIC cxx_std_20)
    target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:cluster_workshop_settings>)
    cluster_workshop_precompiled(${name})
    # Most of a file's compile time are headers and templates that the next one needs, too. A batch is no file's main
    # file, so g++ takes what is private to one of its files for something that others might see.
    if(NOT CLUSTER_WORKSHOP_KIT)
        set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    endif()
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()
