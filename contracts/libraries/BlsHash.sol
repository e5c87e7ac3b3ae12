// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve, G2} from "./BlsCurve.sol";

/// @title BlsHash
/// @notice RFC 9380's `hash_to_curve` for the suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
library BlsHash {
    /// @notice The point of G2 that `message` is signed as, under the domain tag `tag`.
    /// @param tag Of at most 255 bytes.
    /// @return ok Whether the precompiles are there.
    function toG2(
        bytes memory message,
        bytes memory tag
    ) internal view returns (bool ok, G2 memory point) {
        // Two elements of Fp2, each of two coordinates.
        uint256[8] memory words = expand(message, tag);
        (words[0], words[1]) = reduced(words[0], words[1]);
        (words[2], words[3]) = reduced(words[2], words[3]);
        (words[4], words[5]) = reduced(words[4], words[5]);
        (words[6], words[7]) = reduced(words[6], words[7]);
        return BlsCurve.mapToG2(words);
    }

    /// @notice RFC 9380's `expand_message_xmd` with SHA-256, to 256 bytes.
    function expand(
        bytes memory message,
        bytes memory tag
    ) internal view returns (uint256[8] memory uniform) {
        // Hashes beyond the free memory: first 64 zero bytes, the message, 256 in two bytes, a zero byte and
        // the suffix, which is the tag and its length; then, for each word, the first hash with the one before
        // added to it, the word's number and the suffix. The precompile fails only for want of gas.
        assembly ("memory-safe") {
            function hash(input, size, output) {
                if iszero(staticcall(gas(), 2, input, size, output, 32)) {
                    revert(0, 0)
                }
            }
            let free := mload(64)
            let length := mload(message)
            let size := mload(tag)
            mstore(free, 0)
            mstore(add(free, 32), 0)
            let at := add(free, 64)
            mcopy(at, add(message, 32), length)
            at := add(at, length)
            mstore(at, shl(240, 256))
            at := add(at, 3)
            mcopy(at, add(tag, 32), size)
            mstore8(add(at, size), size)
            hash(free, add(68, add(length, size)), free)

            let seed := mload(free)
            mcopy(add(free, 33), add(tag, 32), size)
            mstore8(add(add(free, 33), size), size)
            let count := 1
            for {
                let end := add(uniform, 256)
                let word := uniform
            } lt(word, end) {
                word := add(word, 32)
            } {
                mstore8(add(free, 32), count)
                hash(free, add(34, size), word)
                mstore(free, xor(seed, mload(word)))
                count := add(count, 1)
            }
        }
    }

    /// @notice The number of the two words, modulo the field's.
    /// @dev A quarter of what the precompile for it costs. With p the modulus, h its high word and
    /// q = ⌊high / (h + 1)⌋, q·p is at most the number n, since p < (h + 1)·2^256; and n − q·p is below
    /// high / (h + 1) · 2^256 + p + 2^256. h + 1 has 125 bits. So the first step leaves less than 2^388, the
    /// second less than p + 2^265, and p is to be taken off that at most once.
    function reduced(
        uint256 high,
        uint256 low
    ) internal pure returns (uint256 restHigh, uint256 restLow) {
        (uint256 pHigh, uint256 pLow) = (BlsCurve.P_HIGH, BlsCurve.P_LOW);
        // Touches no memory. The high word of a product is the difference of the product modulo 2^256 − 1
        // and modulo 2^256.
        assembly ("memory-safe") {
            function step(a, b, h, l) -> c, d {
                let q := div(a, add(h, 1))
                let product := mul(q, l)
                let folded := mulmod(q, l, not(0))
                let carry := sub(sub(folded, product), lt(folded, product))
                c := sub(sub(sub(a, mul(q, h)), carry), lt(b, product))
                d := sub(b, product)
            }
            restHigh, restLow := step(high, low, pHigh, pLow)
            restHigh, restLow := step(restHigh, restLow, pHigh, pLow)
            let isBelow := or(lt(restHigh, pHigh), and(eq(restHigh, pHigh), lt(restLow, pLow)))
            if iszero(isBelow) {
                restHigh := sub(sub(restHigh, pHigh), lt(restLow, pLow))
                restLow := sub(restLow, pLow)
            }
        }
    }
}
