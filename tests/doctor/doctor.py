#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: LGPL-2.1-or-later
"""vdma-doctor on copies of machines: one that is right, and one for each known
mistake, for which it has to name the mistake and the remedy."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import machines
from machines import CORE, DEVICE, DT, MIB, cells, words


def without_uio(m):
    m.remove("sys/class/uio")


def without_bitstream(m):
    m.write("sys/class/fpga_manager/fpga0/state", "power up\n")


def without_clock(m):
    m.write("sys/kernel/debug/clk/fclk0/clk_enable_count", "0\n")


def with_clocks_kept(m):
    without_clock(m)
    m.write("proc/cmdline", "console=ttyPS0 clk_ignore_unused\n")


def without_core(m):
    m.remove(CORE)
    m.remove("sys/class/uio/uio0")
    m.remove("sys/class/uio/uio1")


def on_pci(m):
    m.remove(DT)


def disabled(m):
    m.write(f"{CORE}/status", words("disabled"))


def scatter_gather(m):
    m.write(f"{CORE}/xlnx,include-sg", b"")


def torn_property(m):
    m.write(f"{CORE}/xlnx,num-fstores", b"\0\0\4")


def too_many_stores(m):
    m.write(f"{CORE}/xlnx,num-fstores", cells(99))


def kernel_driver(m):
    machines.add_driver(m, "xilinx-vdma")


def no_driver(m):
    m.remove(f"{DEVICE}/driver")


def small_map(m):
    m.write(f"{DEVICE}/uio/uio0/maps/map0/size", "0x10\n")


def uio_of_root(m):
    m.write("dev/uio0", mode=0o600)


def nonsense_uio(m):
    m.write(f"{DEVICE}/uio/uio0/maps/map0/addr", "0xhello\n")


def one_interrupt(m):
    m.remove("sys/class/uio/uio1")


def controller(m):
    machines.add_controller(m)


def controller_of_uio(m):
    machines.add_controller(m)
    device = "sys/devices/soc0/amba/41800000.intc"
    machines.add_uio(m, 2, device, "intc", 0x41800000)
    m.link(f"{device}/of_node", machines.INTC)


def controller_of_kernel(m):
    machines.add_controller(m)
    m.write("sys/kernel/irq/46/chip_name", "Xilinx INTC\n")


def controllers_in_a_row(m):
    machines.add_controller(m)
    second = f"{DT}/amba/intc@41810000"
    for name, content in (("compatible", words("xlnx,xps-intc-1.00.a")),
                          ("#interrupt-cells", cells(2)),
                          ("phandle", cells(3)),
                          ("interrupts", cells(0, 30, 4))):
        m.write(f"{second}/{name}", content)
    m.write(f"{machines.INTC}/interrupt-parent", cells(3))
    m.write(f"{machines.INTC}/interrupts", cells(5, 4))


def pynq_image(m):
    m.remove(DT)
    m.write(f"{DT}/compatible", words("xlnx,zynq-7000"))
    machines.add_uio(m, 0, "sys/devices/soc0/40000000.fabric", "fabric",
                     0x40000000)


def no_memory(m):
    m.remove("sys/class/u-dma-buf")


def heap_alone(m):
    no_memory(m)
    m.write("dev/dma_heap/linux,cma")


def small_udmabuf(m):
    machines.add_udmabuf(m, size=8 * MIB)


def high_udmabuf(m):
    machines.add_udmabuf(m, phys=0x100000000)


def nonsense_udmabuf(m):
    m.write("sys/class/u-dma-buf/udmabuf0/size", "many\n")


def udmabuf_of_root(m):
    m.write("dev/udmabuf0", mode=0o600)


def zocl(m):
    no_memory(m)
    m.write("sys/module/zocl/version", "1\n")


def zocl_small(m):
    zocl(m)
    m.write("proc/meminfo", "CmaTotal: 16384 kB\n")


def xlnk(m):
    no_memory(m)
    m.write("dev/xlnk")


def carveout(m):
    no_memory(m)
    region = f"{DT}/reserved-memory"
    m.write(f"{region}/#address-cells", cells(1))
    m.write(f"{region}/#size-cells", cells(1))
    m.write(f"{region}/ranges", b"")
    m.write(f"{region}/frames@10000000/reg", cells(0x10000000, 128 * MIB))
    m.write(f"{region}/frames@10000000/no-map", b"")


def huge_pages(m):
    no_memory(m)
    m.write("proc/meminfo", "HugePages_Total: 128\nHugepagesize: 16384 kB\n")


# name, change, expected: level and topic, words of the text, words of the remedy
ROWS = [
    ("right", None, None, [], []),
    ("no UIO", without_uio, "problem kernel", ["/sys/class/uio"],
     ["modprobe uio_pdrv_genirq", "CONFIG_UIO"]),
    ("no bitstream", without_bitstream, "problem bitstream", ["power up"],
     ["Overlay", "xmutil", "fpgautil"]),
    ("no clock", without_clock, "problem clock", ["switched all 2 off"],
     ["clocks = ", "clk_ignore_unused"]),
    ("clocks kept", with_clocks_kept, "ok clock", ["kept on"], []),
    ("no core", without_core, "problem core", ["no AXI VDMA"],
     ["/plugin/;", "generic-uio", "xlnx,num-fstores"]),
    ("core on PCI", on_pci, "advice core", ["no device tree"], ["stores=4"]),
    ("disabled", disabled, "problem core", ["switched off"],
     ['status = "okay"']),
    ("scatter-gather", scatter_gather, "problem core", ["scatter"], ["stores"]),
    ("torn property", torn_property, "problem core", ["xlnx,num-fstores"], []),
    ("99 stores", too_many_stores, "problem core", ["99"], []),
    ("kernel's driver", kernel_driver, "problem driver", ["xilinx-vdma"],
     ["echo 43000000.dma > /sys/bus/platform/drivers/xilinx-vdma/unbind",
      "driver_override", "of_id=generic-uio"]),
    ("no driver", no_driver, "problem driver", ["no driver"],
     ["uio_pdrv_genirq/bind"]),
    ("small map", small_map, "problem uio", ["maps 16 bytes"], ["reg = <"]),
    ("root's UIO", uio_of_root, "problem access", ["/dev/uio0"],
     ["usermod -aG video", 'SUBSYSTEM=="uio"']),
    ("nonsense", nonsense_uio, "problem uio", ["addr"], []),
    ("one interrupt", one_interrupt, "advice interrupt", ["one interrupt"],
     ["irq-mm2s"]),
    ("controller of nobody", controller, "advice interrupt",
     ["MM2S goes into input 3", "/amba/intc@41800000", "by a timer"],
     ["CONFIG_XILINX_INTC", 'compatible = "generic-uio"', "dma-channel"]),
    ("controller of UIO", controller_of_uio, "ok interrupt",
     ["S2MM goes into input 4", "served through the UIO device 'intc'"], []),
    ("controller of the kernel", controller_of_kernel, "ok interrupt",
     ["the kernel has a driver"], []),
    ("controllers in a row", controllers_in_a_row, "advice interrupt",
     ["an input of another one"], ["irq=timer"]),
    ("PYNQ image", pynq_image, "ok interrupt", ["'fabric' (/dev/uio0)"], []),
    ("no memory", no_memory, "problem memory", ["no contiguous memory"],
     ["insmod u-dma-buf.ko udmabuf0=62914560"]),
    ("a heap alone", heap_alone, "problem memory", ["DMA heap"], ["u-dma-buf"]),
    ("small u-dma-buf", small_udmabuf, "problem memory", ["8 MiB", "60 MiB"],
     ["udmabuf0=62914560"]),
    ("u-dma-buf too high", high_udmabuf, "problem memory", ["0xffffffff"],
     ["memory-region"]),
    ("u-dma-buf nonsense", nonsense_udmabuf, "problem memory", ["size"], []),
    ("root's u-dma-buf", udmabuf_of_root, "problem access", ["/dev/udmabuf0"],
     ['SUBSYSTEM=="u-dma-buf"']),
    ("zocl", zocl, "ok memory", ["memory=zocl"], []),
    ("zocl, small CMA", zocl_small, "problem memory", ["16 MiB"],
     ["cma=120M"]),
    ("xlnk", xlnk, "ok memory", ["memory=xlnk"], []),
    ("carve-out", carveout, "ok memory",
     ["memory=carveout:0x10000000+0x8000000"], []),
    ("huge pages", huge_pages, "ok memory", ["memory=hugetlb"], []),
]

# arguments, exit status, words
CALLS = [
    (["--size=12"], 2, "1920x1080"),
    (["--size=1920x1080x3"], 2, "1920x1080"),
    (["--size=0x0"], 2, "1920x1080"),
    (["--pixel=9"], 2, "1 to 8"),
    (["--frames=-1"], 2, "1 to 1024"),
    (["--root=/nowhere/at/all"], 2, "no such folder"),
    (["more"], 2, "more"),
    (["--help"], 0, "--json"),
]


# every remedy that was seen, for the page on bringing up boards
remedies = []


def run(doctor, *args):
    return subprocess.run([doctor, *args], capture_output=True, text=True,
                          timeout=30, check=False)


def finds(findings, wanted, text, remedy):
    level, topic = wanted.split()
    return any(f["level"] == level and f["topic"] == topic
               and all(word in f["text"] for word in text)
               and all(word in (f["remedy"] or "") for word in remedy)
               for f in findings)


def check_row(doctor, change, wanted, text, remedy):
    with tempfile.TemporaryDirectory() as root:
        machine = machines.zynq(root)
        if change:
            change(machine)
        result = run(doctor, "--root", root, "--json")
        told = run(doctor, "--root", root)
    report = json.loads(result.stdout)
    problems = [f for f in report["findings"] if f["level"] == "problem"]
    broken = wanted is not None and wanted.startswith("problem")
    assert report["problems"] == len(problems), result.stdout
    assert result.returncode == (1 if problems else 0) == told.returncode
    assert bool(problems) == broken, told.stdout
    assert wanted is None or finds(report["findings"], wanted, text, remedy), \
        told.stdout
    assert all(f["text"] in told.stdout for f in report["findings"])
    assert result.stderr == told.stderr == ""
    remedies.extend(f["remedy"] for f in report["findings"] if f["remedy"])


def check_call(doctor, args, status, word):
    result = run(doctor, *args)
    assert result.returncode == status, result
    assert word in result.stdout + result.stderr, result


def check_page(_doctor, page):
    """Commands that only a board can run are those that the doctor advises."""
    advice = "\n".join(remedies)
    blocks = re.findall(r"^```console\n(.*?)^```$",
                        pathlib.Path(page).read_text("utf-8"), re.S | re.M)
    assert blocks, f"{page} has no commands"
    for line in "".join(blocks).splitlines():
        assert line in advice, f"{page}: nobody advises: {line}"


def check_collect(doctor, script):
    """A copy of this machine is as good as the machine."""
    with tempfile.TemporaryDirectory() as root:
        copied = subprocess.run([script, root], capture_output=True, text=True,
                                timeout=60, check=False)
        assert copied.returncode == 0, copied
        result = run(doctor, "--root", root, "--json")
    here = json.loads(run(doctor, "--json").stdout)
    there = json.loads(result.stdout)
    assert [f["topic"] for f in here["findings"]] == \
        [f["topic"] for f in there["findings"]], (here, there)


def main():
    doctor, source = sys.argv[1], pathlib.Path(sys.argv[2])
    tests = [(row[0], check_row, row[1:]) for row in ROWS]
    tests += [(" ".join(call[0]), check_call, call) for call in CALLS]
    tests += [("bring-up.md", check_page, [source / "docs/bring-up.md"]),
              ("collect.sh", check_collect,
               [source / "examples/board/collect.sh"])]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (name, check, args) in enumerate(tests, 1):
        try:
            check(doctor, *args)
            print(f"ok {number} {name}")
        except (AssertionError, ValueError) as problem:
            failed += 1
            print(f"not ok {number} {name}")
            print("\n".join(f"# {line}" for line in str(problem).splitlines()))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
