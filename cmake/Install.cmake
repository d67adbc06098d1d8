# What `cmake --install` puts where, and how others find it: find_package(cluster_workshop), or pkg-config.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY cluster_workshop_libraries)
set(headers "${CMAKE_INSTALL_INCLUDEDIR}/cluster_workshop")
install(TARGETS ${libraries} EXPORT cluster_workshop
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        FILE_SET HEADERS DESTINATION "${headers}"
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" "${headers}")
install(FILES 06-cluster-lib/include/cluster_workshop/cluster.hpp DESTINATION "${headers}")

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/cluster_workshop")
install(EXPORT cluster_workshop NAMESPACE cluster_workshop:: FILE cluster_workshop-targets.cmake
        DESTINATION "${package}")
configure_package_config_file(cmake/cluster_workshop-config.cmake.in cluster_workshop-config.cmake
                              INSTALL_DESTINATION "${package}")
write_basic_package_version_file(cluster_workshop-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cluster_workshop-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/cluster_workshop-config-version.cmake" DESTINATION "${package}")

# The linker wants users before what they use.
set(CLUSTER_WORKSHOP_PC_LIBS "")
foreach(library IN LISTS libraries)
    string(PREPEND CLUSTER_WORKSHOP_PC_LIBS "-lcluster_workshop_${library} ")
endforeach()
set(CLUSTER_WORKSHOP_PC_CFLAGS "")
foreach(definition IN LISTS CLUSTER_WORKSHOP_ASIO_DEFINITIONS)
    string(APPEND CLUSTER_WORKSHOP_PC_CFLAGS " -D${definition}")
endforeach()
configure_file(cmake/cluster_workshop.pc.in cluster_workshop.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/cluster_workshop.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
