# SPDX-License-Identifier: Apache-2.0
"""tap_speed.py TAP MBIT - sets the speed of a tap, as a NIC has one (ETHTOOL_SSET)."""
import ctypes
import fcntl
import socket
import struct
import sys

SIOCETHTOOL, ETHTOOL_SSET, DUPLEX_FULL = 0x8946, 2, 1
name, mbit = sys.argv[1].encode(), int(sys.argv[2])
command = ctypes.create_string_buffer(44)  # struct ethtool_cmd
struct.pack_into("=IIIHB", command, 0, ETHTOOL_SSET, 0, 0, mbit & 0xFFFF, DUPLEX_FULL)
struct.pack_into("=H", command, 28, mbit >> 16)  # speed_hi
request = struct.pack("16sP16x", name, ctypes.addressof(command))
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOCETHTOOL, request)
