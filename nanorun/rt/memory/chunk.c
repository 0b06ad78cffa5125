/* SPDX-License-Identifier: MIT */
#include "nanorun/rt/memory/chunk.h"

#include "nanorun/sys/bits.h"

/* A sweep gives back at least this number of units, or none. */
enum { CHUNK_UNITS_MIN = 8 };

enum { CHUNK_BLOCKS_MAX = NR_CHUNK / (NR_BLOCK_SMALL_ * NR_BLOCK_STEP_) };

_Static_assert(sizeof(nr_chunk) <= NR_CHUNK_HEAD,
               "the struct fits before the first block");
_Static_assert(NR_CHUNK_HEAD % NR_ALIGN_MAX_ == 0,
               "blocks are aligned as their size is");
_Static_assert(NR_BLOCK_KINDS_ *NR_BLOCK_STEP_ <= NR_CHUNK_UNIT,
               "a block begins in each unit, and reaches into two at most");

void nr_chunk_init(nr_chunk *c)
{
    *c = (nr_chunk){.fresh = NR_CHUNK_HEAD, .sweep_below = UINT32_MAX};
}

static nr_future *chunk_block(nr_chunk *c, uint32_t offset)
{
    return (nr_future *)((uintptr_t)c + offset);
}

static uint32_t chunk_offset(const nr_chunk *c, const nr_future *f)
{
    return (uint32_t)((uintptr_t)f - (uintptr_t)c);
}

/* The offset of the first block that begins in the unit. */
static uint32_t chunk_first_of(unsigned unit, uint32_t size)
{
    uint32_t begin = unit * NR_CHUNK_UNIT;
    if (begin <= NR_CHUNK_HEAD)
        return NR_CHUNK_HEAD;
    return NR_CHUNK_HEAD + (begin - NR_CHUNK_HEAD + size - 1) / size * size;
}

void nr_chunk_revive(nr_chunk *c, uint32_t size)
{
    unsigned unit = nr_lowest_bit(c->gone);
    uint32_t end = (unit + 1) * NR_CHUNK_UNIT;
    for (uint32_t at = chunk_first_of(unit, size); at < end; at += size) {
        nr_future *f = chunk_block(c, at);
        f->awaiter = c->given;
        c->given = f;
    }
    c->gone &= c->gone - 1;
    c->sweep_below = UINT32_MAX;
}

static uint64_t chunk_unit_bit(uint32_t offset)
{
    return UINT64_C(1) << offset / NR_CHUNK_UNIT;
}

/* The units in use: those that the head, a taken block or a fresh block
 * overlaps. */
static uint64_t chunk_used_units(const nr_chunk *c, uint32_t size)
{
    uint64_t is_given[CHUNK_BLOCKS_MAX / 64 + 1] = {0};
    for (const nr_future *f = c->given; f; f = f->awaiter) {
        uint32_t i = (chunk_offset(c, f) - NR_CHUNK_HEAD) / size;
        is_given[i / 64] |= UINT64_C(1) << i % 64;
    }
    uint64_t used = 1;
    for (uint32_t i = 0, at = NR_CHUNK_HEAD; at < c->fresh; i++, at += size) {
        if (!(is_given[i / 64] >> i % 64 & 1) &&
            !(c->gone & chunk_unit_bit(at)))
            used |= chunk_unit_bit(at) | chunk_unit_bit(at + size - 1);
    }
    for (unsigned unit = c->fresh / NR_CHUNK_UNIT; unit < NR_SYS_PAGES_UNITS;
         unit++)
        used |= UINT64_C(1) << unit;
    return used;
}

static unsigned chunk_count(uint64_t units)
{
    unsigned n = 0;
    for (; units; units &= units - 1)
        n++;
    return n;
}

void nr_chunk_sweep(nr_chunk *c, uint32_t size)
{
    uint64_t going = ~chunk_used_units(c, size) & ~c->gone;
    c->sweep_below = (c->out + 1) / 2;
    if (chunk_count(going) < CHUNK_UNITS_MIN)
        return;
    nr_future *f = c->given;
    c->given = NULL;
    while (f) {
        nr_future *next = f->awaiter;
        if (!(going & chunk_unit_bit(chunk_offset(c, f)))) {
            f->awaiter = c->given;
            c->given = f;
        }
        f = next;
    }
    c->gone |= going;
    nr_sys_pages_discard(c, NR_CHUNK, going);
}

uint32_t nr_chunk_gone(const nr_chunk *c)
{
    return chunk_count(c->gone) * NR_CHUNK_UNIT;
}
