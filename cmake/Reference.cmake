# The reference of the public API, by Doxygen, if it is here; any warning is an error.
include_guard(GLOBAL)

find_program(DOXYGEN doxygen)
if(NOT DOXYGEN OR NOT CLUSTER_WORKSHOP_IS_TOP)
    return()
endif()

get_property(libraries GLOBAL PROPERTY cluster_workshop_libraries)
foreach(library IN LISTS libraries)
    get_target_property(headers ${library} HEADER_SET)
    foreach(header IN LISTS headers)
        get_target_property(folder ${library} SOURCE_DIR)
        cmake_path(ABSOLUTE_PATH header BASE_DIRECTORY "${folder}")
        cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}")
        list(APPEND public_headers ${header})
    endforeach()
endforeach()
list(JOIN public_headers " " public_headers)

set(write_reference "${CMAKE_COMMAND}" -E env "HEADERS=${public_headers}" "OUTPUT=${CMAKE_BINARY_DIR}/reference"
                    "${DOXYGEN}" docs/Doxyfile)
add_custom_target(reference COMMAND ${write_reference} WORKING_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}" VERBATIM)
if(CLUSTER_WORKSHOP_TESTING)
    add_test(NAME docs.reference COMMAND ${write_reference} WORKING_DIRECTORY "${CLUSTER_WORKSHOP_ROOT}")
    set_tests_properties(docs.reference PROPERTIES LABELS docs)
endif()
