# SPDX-License-Identifier: Apache-2.0
daqs_test(chaos power_loss controllerd_agents)
target_sources(test_power_loss PRIVATE chaos/power_vfs.c lib/store_box.c)
