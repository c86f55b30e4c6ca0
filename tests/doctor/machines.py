# SPDX-License-Identifier: LGPL-2.1-or-later
"""Copies of machines' files, as vdma-doctor --root reads them."""
import os
import struct

MIB = 1 << 20
DT = "sys/firmware/devicetree/base"
DEVICE = "sys/devices/soc0/amba/43000000.dma"
CORE = f"{DT}/amba/dma@43000000"


def cells(*numbers):
    """Numbers as a device tree has them."""
    return struct.pack(f">{len(numbers)}I", *numbers)


def words(*texts):
    return b"".join(text.encode() + b"\0" for text in texts)


class Machine:
    """A folder that stands for "/"."""

    def __init__(self, root):
        self.root = root

    def path(self, name):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def write(self, name, content="", mode=0o660):
        path = self.path(name)
        if isinstance(content, str):
            content = content.encode()
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)

    def link(self, name, target):
        """A link that stays inside: @target is a name below the root."""
        path = self.path(name)
        if os.path.islink(path):
            os.unlink(path)
        os.symlink(os.path.relpath(os.path.join(self.root, target),
                                   os.path.dirname(path)), path)

    def remove(self, name):
        path = os.path.join(self.root, name)
        if os.path.isdir(path) and not os.path.islink(path):
            for entry in os.listdir(path):
                self.remove(f"{name}/{entry}")
            os.rmdir(path)
        else:
            os.unlink(path)


def add_core(machine):
    tree = {
        "#address-cells": cells(1),
        "#size-cells": cells(1),
        "amba/#address-cells": cells(1),
        "amba/#size-cells": cells(1),
        "amba/ranges": b"",
    }
    node = {
        "compatible": words("generic-uio", "xlnx,axi-vdma-6.3"),
        "reg": cells(0x43000000, 0x10000),
        "xlnx,num-fstores": cells(4),
        "xlnx,addrwidth": cells(32),
        "xlnx,flush-fsync": cells(1),
        "name": words("dma"),
    }
    for address, kind in ((0x43000000, "mm2s"), (0x43000030, "s2mm")):
        child = f"dma-channel@{address:x}"
        node[f"{child}/compatible"] = words(f"xlnx,axi-vdma-{kind}-channel")
        node[f"{child}/xlnx,datawidth"] = cells(32)
    for name, content in tree.items():
        machine.write(f"{DT}/{name}", content)
    for name, content in node.items():
        machine.write(f"{CORE}/{name}", content)


INTC = f"{DT}/amba/intc@41800000"


def add_controller(machine):
    """The core's interrupts go into an AXI interrupt controller."""
    tree = {
        "gic/compatible": words("arm,cortex-a9-gic"),
        "gic/#interrupt-cells": cells(3),
        "gic/interrupt-controller": b"",
        "gic/phandle": cells(1),
        "amba/interrupt-parent": cells(1),
        "amba/intc@41800000/compatible": words("generic-uio",
                                               "xlnx,xps-intc-1.00.a"),
        "amba/intc@41800000/#interrupt-cells": cells(2),
        "amba/intc@41800000/interrupt-controller": b"",
        "amba/intc@41800000/phandle": cells(2),
        "amba/intc@41800000/reg": cells(0x41800000, 0x10000),
        "amba/intc@41800000/interrupts": cells(0, 29, 4),
    }
    for name, content in tree.items():
        machine.write(f"{DT}/{name}", content)
    for number, child in enumerate(("dma-channel@43000000",
                                    "dma-channel@43000030")):
        machine.write(f"{CORE}/{child}/interrupt-parent", cells(2))
        machine.write(f"{CORE}/{child}/interrupts", cells(3 + number, 4))


def add_uio(machine, number, device, name, address=None, size=0x10000):
    folder = f"{device}/uio/uio{number}"
    machine.write(f"{folder}/name", f"{name}\n")
    machine.write(f"{folder}/version", "devicetree\n")
    if address is not None:
        machine.write(f"{folder}/maps/map0/addr", f"0x{address:08x}\n")
        machine.write(f"{folder}/maps/map0/size", f"0x{size:x}\n")
        machine.write(f"{folder}/maps/map0/offset", "0x0\n")
        machine.write(f"{folder}/maps/map0/name", f"{name}\n")
    machine.link(f"{folder}/device", device)
    machine.link(f"sys/class/uio/uio{number}", folder)
    machine.write(f"dev/uio{number}")


def add_driver(machine, driver):
    machine.write(f"sys/bus/platform/drivers/{driver}/bind")
    machine.link(f"{DEVICE}/driver", f"sys/bus/platform/drivers/{driver}")


def add_udmabuf(machine, size=64 * MIB, phys=0x18000000):
    folder = "sys/class/u-dma-buf/udmabuf0"
    machine.write(f"{folder}/size", f"{size}\n")
    machine.write(f"{folder}/phys_addr", f"0x{phys:016x}\n")
    machine.write("dev/udmabuf0")


def zynq(root):
    """A Zynq-7000 on which everything is right."""
    machine = Machine(root)
    add_core(machine)
    machine.link(f"{DEVICE}/of_node", CORE)
    machine.link("sys/bus/platform/devices/43000000.dma", DEVICE)
    add_driver(machine, "uio_pdrv_genirq")
    add_uio(machine, 0, DEVICE, "dma", 0x43000000)
    add_uio(machine, 1, "sys/devices/soc0/vdma-mm2s-irq", "vdma-mm2s-irq")
    machine.write("sys/class/fpga_manager/fpga0/state", "operating\n")
    machine.write("sys/kernel/debug/clk/fclk0/clk_enable_count", "1\n")
    machine.write("sys/kernel/debug/clk/fclk1/clk_enable_count", "0\n")
    machine.write("proc/cmdline", "console=ttyPS0,115200\n")
    machine.write("proc/meminfo", "MemTotal: 1020000 kB\nCmaTotal: 131072 kB\n")
    add_udmabuf(machine)
    return machine
