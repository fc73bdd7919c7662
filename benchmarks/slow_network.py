#!/usr/bin/python3
"""Runs a program of MPI on ranks that are hosts of their own, with a delay between any two of them.

usage, as root: slow_network.py RANKS MICROSECONDS PROGRAM [ARGUMENT...]

Every rank gets a network namespace, whose one interface (a TUN device) leads here: packets wait for the delay, and go on
to where they are addressed. Bandwidth is what Python has time for, and the delay some 100 microseconds more than asked.
"""
import ctypes
import fcntl
import heapq
import os
import pathlib
import select
import struct
import subprocess
import sys
import tempfile
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
MTU = 60000


def run(*command):
    subprocess.run(command, check=True)


class Hub:
    """The namespaces, and the way between them."""

    def __init__(self, ranks, delay):
        self.delay = delay
        self.names = [f"maskaudit{rank}" for rank in range(ranks)]
        self.devices = {}

    def address(self, rank):
        return f"10.77.0.{rank + 1}"

    def __enter__(self):
        for rank, name in enumerate(self.names):
            device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
            run("ip", "netns", "add", name)
            run("ip", "link", "set", name, "netns", name)
            inside = ("ip", "-n", name)
            run(*inside, "address", "add", self.address(rank) + "/24", "dev", name)
            run(*inside, "link", "set", name, "mtu", str(MTU), "up")
            run(*inside, "link", "set", "lo", "up")
            self.devices[device] = rank
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(("ip", "netns", "delete", name), check=False)
        for device in self.devices:
            os.close(device)

    def serve_until(self, is_done):
        poll = select.epoll()
        for device in self.devices:
            poll.register(device, select.EPOLLIN)
        of_rank = {rank: device for device, rank in self.devices.items()}
        waiting, count = [], 0
        while not is_done():
            left = waiting[0][0] - time.monotonic() if waiting else 0.05
            for device, _ in poll.poll(max(left, 0)):
                try:
                    while packet := os.read(device, MTU + 100):
                        if packet[0] >> 4 != 4 or packet[19] - 1 not in of_rank:
                            continue  # not of IPv4, or to everybody
                        count += 1
                        heapq.heappush(waiting, (time.monotonic() + self.delay, count, packet))
                except BlockingIOError:
                    pass
            while waiting and waiting[0][0] <= time.monotonic():
                packet = heapq.heappop(waiting)[2]
                try:
                    os.write(of_rank[packet[19] - 1], packet)
                except BlockingIOError:
                    pass  # as a network does; it is sent again


def main():
    ranks, delay, *program = int(sys.argv[1]), float(sys.argv[2]) * 1e-6, *sys.argv[3:]
    ctypes.CDLL(None).prctl(29, 1000, 0, 0, 0)  # PR_SET_TIMERSLACK: wake up in time
    with tempfile.TemporaryDirectory(prefix="maskaudit-network-") as scratch, Hub(ranks, delay) as hub:
        agent = pathlib.Path(scratch, "agent")
        agent.write_text('#!/bin/sh\nhost=$1; shift\nname=maskaudit$((${host##*.} - 1))\n'
                         'mkdir -p "$SCRATCH/$name"\n'
                         'exec ip netns exec $name unshare -u sh -c "hostname $name; TMPDIR=$SCRATCH/$name $*"\n')
        agent.chmod(0o755)
        hosts = ",".join(hub.address(rank) for rank in range(ranks))
        command = ["ip", "netns", "exec", hub.names[0], "unshare", "-u", "sh", "-c",
                   f'hostname {hub.names[0]}; exec "$@"', "sh",
                   "mpirun", "-n", str(ranks), "--host", hosts, "--mca", "plm_rsh_agent", str(agent),
                   "--mca", "pml", "ob1", "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.77.0.0/24",
                   "--mca", "oob_tcp_if_include", "10.77.0.0/24", *program]
        environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                       "OMPI_MCA_mpi_yield_when_idle": "1", "SCRATCH": scratch, "TMPDIR": scratch}
        process = subprocess.Popen(command, env=environment)
        hub.serve_until(lambda: process.poll() is not None)
    sys.exit(process.returncode)


main()
