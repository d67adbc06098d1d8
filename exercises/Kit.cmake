# What the exercises are checked with: one program for each stage that has exercises, kit_NN. It holds the stage's own
# tests that judge an exercise and the grading cases beside them. ./workshop check links it anew with a student's files
# in the place of ours; that works because libraries are not compiled in batches here.
include_guard(GLOBAL)

add_library(kit_support STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/kit/faulty_calls.cpp"
                                                "${CMAKE_CURRENT_LIST_DIR}/kit/not_implemented.cpp")
target_link_libraries(kit_support PUBLIC test_support)
target_precompile_headers(kit_support REUSE_FROM test_support)
foreach(call IN ITEMS accept4 close fdatasync flock fork fsync ftruncate kill pipe2 pwrite read recv recvmsg rename
                      send sendmsg shutdown socketpair unlink waitid write)
    target_link_options(kit_support PUBLIC "LINKER:--wrap=${call}")
endforeach()

add_custom_target(kit)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

# The programs and shared sources that the stage's own tests need stand in exercises/NN/exercise.json.
function(kit_exercise number folder library)
    set(exercise "${CLUSTER_WORKSHOP_ROOT}/exercises/${number}")
    if(NOT EXISTS "${exercise}/exercise.json" OR NOT TARGET test_programs)
        return()
    endif()
    file(READ "${exercise}/exercise.json" text)
    set_property(DIRECTORY "${CLUSTER_WORKSHOP_ROOT}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
                 "${exercise}/exercise.json")
    set(sources "")
    string(JSON count ERROR_VARIABLE none LENGTH "${text}" sources)
    if(count GREATER 0)
        math(EXPR last "${count} - 1")
        foreach(index RANGE ${last})
            string(JSON source GET "${text}" sources ${index})
            list(APPEND sources "${CLUSTER_WORKSHOP_ROOT}/${source}")
        endforeach()
    endif()
    file(GLOB cases CONFIGURE_DEPENDS "${exercise}/checks/*.cpp")
    add_executable(kit_${number} EXCLUDE_FROM_ALL ${sources} ${cases})
    target_link_libraries(kit_${number} PRIVATE kit_support ${library})
    target_precompile_headers(kit_${number} REUSE_FROM test_support)
    set_target_properties(kit_${number} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/kit")
    # Programs of a stage: the tests start them; those of the student's stage are linked anew, too.
    string(JSON count ERROR_VARIABLE none LENGTH "${text}" programs)
    if(count GREATER 0)
        math(EXPR last "${count} - 1")
        foreach(index RANGE ${last})
            string(JSON program GET "${text}" programs ${index})
            add_dependencies(kit_${number} ${program})
        endforeach()
    endif()
    add_dependencies(kit kit_${number})
    # Minutes, and only in this tree: cmake --workflow --preset kit. The proof keeps two cpus busy by itself.
    add_test(NAME kit.${number}
             COMMAND Python3::Interpreter "${CLUSTER_WORKSHOP_ROOT}/tools/check_exercises.py" ${number})
    set_tests_properties(kit.${number} PROPERTIES LABELS kit TIMEOUT 3600 PROCESSORS 2 RESOURCE_LOCK kit)
endfunction()

kit_exercise(01 01-spawn-exec spawn_exec)
kit_exercise(02 02-fork-ipc fork_ipc)
kit_exercise(03 03-handle-passing handle_passing)
kit_exercise(04 04-auto-restart auto_restart)
kit_exercise(05 05-round-robin round_robin)
kit_exercise(06 06-cluster-lib cluster_lib)
kit_exercise(07 07-state-sharing state_sharing)
