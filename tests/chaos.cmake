daqs_test(chaos power_loss controllerd_io)
target_sources(test_power_loss PRIVATE chaos/power_vfs.c lib/store_box.c)

# Loaded before the programs' own libraries, so without what instruments those.
add_library(wall_shim MODULE lib/wall_shim.c)
target_compile_options(wall_shim PRIVATE -fno-sanitize=all)
target_link_options(wall_shim PRIVATE -fno-sanitize=all)
set_target_properties(wall_shim PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
