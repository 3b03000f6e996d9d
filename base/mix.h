/* Mix: a number spread over 64 bits, so that numbers that are near give hashes that are far apart. */
#ifndef BASE_MIX_H
#define BASE_MIX_H

#include <stdint.h>

/* The finalizer of SplitMix64 (Vigna): one to one; 0 stays 0. */
static inline uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

#endif
