/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/xdp.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/cleanup.h"

enum { DEVICES_MAX = 32, CALL_GET_BUFF_LEN = 188, LOG_BYTES = 16384, SHOWN_BYTES = 280 };

struct xdp {
    int map;
    struct xdp_queue *queue; /* in the map's memory */
    size_t mapped_bytes;
    uint32_t local_prefix; /* first four bytes of a local address, as loaded from memory */
    int links[DEVICES_MAX];
    size_t attached;
};

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int fail(struct daqs_error *err, const char *what)
{
    const int code = errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL
                         ? DAQS_EREFUSED
                         : DAQS_ESYSTEM;
    return daqs_fail(err, code, "%s: %s", what, strerror(errno));
}

struct xdp *xdp_new(size_t queues, uint8_t host, struct daqs_error *err)
{
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
                           .key_size = sizeof(uint32_t),
                           .value_size = sizeof(struct xdp_queue),
                           .max_entries = (uint32_t)queues,
                           .map_flags = BPF_F_MMAPABLE};
    const uint8_t prefix[] = {0x52, 0x54, 0x00, host};
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct xdp *xdp = calloc(1, sizeof *xdp);
    if (!xdp) {
        (void)daqs_fail(err, DAQS_ENOMEM, "counters");
        return NULL;
    }
    memcpy(&xdp->local_prefix, prefix, sizeof prefix);
    xdp->map = bpf(BPF_MAP_CREATE, &attr);
    if (xdp->map < 0) {
        (void)fail(err, "BPF map");
        free(xdp);
        return NULL;
    }
    xdp->mapped_bytes = (queues * sizeof *xdp->queue + page - 1) / page * page;
    xdp->queue = mmap(NULL, xdp->mapped_bytes, PROT_READ, MAP_SHARED, xdp->map, 0);
    if (xdp->queue == MAP_FAILED) {
        (void)fail(err, "BPF map in memory");
        close(xdp->map);
        free(xdp);
        return NULL;
    }
    return xdp;
}

void xdp_free(struct xdp *xdp)
{
    if (!xdp)
        return;
    for (size_t i = 0; i < xdp->attached; i++)
        close(xdp->links[i]);
    (void)munmap(xdp->queue, xdp->mapped_bytes);
    close(xdp->map);
    free(xdp);
}

#define INSN(op, dst, src, offset, value)                                                          \
    {                                                                                              \
        .code = (op), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value)          \
    }
#define MOV(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_IMM(dst, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define ADD_IMM(dst, value) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value)
#define LOAD(size, dst, src, offset) INSN(BPF_LDX | (size) | BPF_MEM, dst, src, offset, 0)
#define STORE(size, dst, offset, src) INSN(BPF_STX | (size) | BPF_MEM, dst, src, offset, 0)
#define COUNT(dst, offset, src) INSN(BPF_STX | BPF_ATOMIC | BPF_DW, dst, src, offset, BPF_ADD)
#define JUMP32_IMM(op, dst, value, over) INSN(BPF_JMP32 | (op) | BPF_K, dst, 0, over, value)
#define JUMP_IMM(op, dst, value, over) INSN(BPF_JMP | (op) | BPF_K, dst, 0, over, value)
#define JUMP_REG(op, dst, src, over) INSN(BPF_JMP | (op) | BPF_X, dst, src, over, 0)
#define CALL(number) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, number)

/* Puts the end of the verifier's log, which has the reason, into the error. */
static int explain_refusal(union bpf_attr *attr, struct daqs_error *err)
{
    static char log[LOG_BYTES];
    attr->log_buf = (uint64_t)(uintptr_t)log;
    attr->log_size = sizeof log;
    attr->log_level = 1;
    (void)bpf(BPF_PROG_LOAD, attr);
    const size_t length = strnlen(log, sizeof log);
    return daqs_fail(err, DAQS_EINVALID, "XDP program refused: %s",
                     length > SHOWN_BYTES ? log + length - SHOWN_BYTES : log);
}

/* Counts the frame in queue first + rx_queue_index and passes it. */
static int load_program(const struct xdp *xdp, size_t first, struct daqs_error *err)
{
    enum { R0, R1, R2, R3, R4, R5, CTX, QUEUE, LOCAL, BYTES, STACK };
    const struct bpf_insn program[] = {
        MOV(CTX, R1),
        LOAD(BPF_W, QUEUE, CTX, offsetof(struct xdp_md, rx_queue_index)),
        MOV_IMM(LOCAL, 0),
        /* LOCAL: offset of the counters for the destination */
        LOAD(BPF_W, R2, CTX, offsetof(struct xdp_md, data)),
        LOAD(BPF_W, R3, CTX, offsetof(struct xdp_md, data_end)),
        MOV(R4, R2),
        ADD_IMM(R4, 14),
        JUMP_REG(BPF_JGT, R4, R3, 5),
        LOAD(BPF_W, R4, R2, 0),
        JUMP32_IMM(BPF_JNE, R4, (int32_t)xdp->local_prefix, 3),
        LOAD(BPF_B, R4, R2, 4),
        JUMP_IMM(BPF_JNE, R4, 0, 1),
        MOV_IMM(LOCAL, offsetof(struct xdp_queue, local)),
        /* BYTES: length with all fragments */
        MOV(R1, CTX),
        CALL(CALL_GET_BUFF_LEN),
        MOV(BYTES, R0),
        /* R0: counters of the queue and destination */
        ADD_IMM(QUEUE, (int32_t)first),
        STORE(BPF_W, STACK, -4, QUEUE),
        INSN(BPF_LD | BPF_DW | BPF_IMM, R1, BPF_PSEUDO_MAP_FD, 0, xdp->map),
        INSN(0, 0, 0, 0, 0), /* the other half of the load */
        MOV(R2, STACK),
        ADD_IMM(R2, -4),
        CALL(BPF_FUNC_map_lookup_elem),
        JUMP_IMM(BPF_JEQ, R0, 0, 8),
        INSN(BPF_ALU64 | BPF_ADD | BPF_X, R0, LOCAL, 0, 0),
        COUNT(R0, offsetof(struct xdp_count, bytes), BYTES),
        MOV_IMM(R1, 1),
        COUNT(R0, offsetof(struct xdp_count, frames), R1),
        JUMP_IMM(BPF_JGE, BYTES, XDP_FRAME_LEAST, 1),
        MOV_IMM(BYTES, XDP_FRAME_LEAST),
        ADD_IMM(BYTES, XDP_FRAME_EXTRA),
        COUNT(R0, offsetof(struct xdp_count, wire), BYTES),
        MOV_IMM(R0, XDP_PASS),
        INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
    };
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP,
                           .expected_attach_type = BPF_XDP,
                           .prog_flags = BPF_F_XDP_HAS_FRAGS, /* any MTU */
                           .insns = (uint64_t)(uintptr_t)program,
                           .insn_cnt = sizeof program / sizeof *program,
                           .license = (uint64_t)(uintptr_t) "none"};
    const int fd = bpf(BPF_PROG_LOAD, &attr);
    if (fd >= 0 || errno == EPERM)
        return fd >= 0 ? fd : fail(err, "XDP program");
    return explain_refusal(&attr, err);
}

int xdp_attach(struct xdp *xdp, const char *ifname, size_t first, struct daqs_error *err)
{
    union bpf_attr attr = {.link_create = {.target_ifindex = if_nametoindex(ifname),
                                           .attach_type = BPF_XDP,
                                           .flags = XDP_FLAGS_DRV_MODE}};
    if (attr.link_create.target_ifindex == 0)
        return daqs_fail(err, DAQS_ENOTFOUND, "no device %s", ifname);
    if (xdp->attached == DEVICES_MAX)
        return daqs_fail(err, DAQS_ERANGE, "more than %d devices", DEVICES_MAX);
    int program DAQS_AUTO_CLOSE = load_program(xdp, first, err);
    if (program < 0)
        return program;
    attr.link_create.prog_fd = (uint32_t)program; /* the link keeps the program */
    const int link = bpf(BPF_LINK_CREATE, &attr);
    if (link < 0)
        return fail(err, "XDP link");
    xdp->links[xdp->attached++] = link;
    return DAQS_OK;
}

static struct xdp_count read_count(const struct xdp_count *count)
{
    return (struct xdp_count){.bytes = __atomic_load_n(&count->bytes, __ATOMIC_RELAXED),
                              .frames = __atomic_load_n(&count->frames, __ATOMIC_RELAXED),
                              .wire = __atomic_load_n(&count->wire, __ATOMIC_RELAXED)};
}

struct xdp_queue xdp_read(const struct xdp *xdp, size_t queue)
{
    return (struct xdp_queue){.out = read_count(&xdp->queue[queue].out),
                              .local = read_count(&xdp->queue[queue].local)};
}
