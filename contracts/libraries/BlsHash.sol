// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve, G2} from "./BlsCurve.sol";
import {BoundedCalls} from "./BoundedCalls.sol";

/// @title BlsHash
/// @notice RFC 9380's `hash_to_curve` for the suite BLS12381G2_XMD:SHA-256_SSWU_RO_.
library BlsHash {
    address private constant _MODEXP = address(0x05);

    /// @dev Twice the price of a reduction (EIP-7883: 500).
    uint256 private constant _MODEXP_GAS = 1_000;

    /// @notice The point of G2 that `message` is signed as, under the domain tag `tag`.
    /// @param tag Of at most 255 bytes.
    /// @return ok Whether the precompiles are there.
    function toG2(
        bytes memory message,
        bytes memory tag
    ) internal view returns (bool ok, G2 memory point) {
        uint256[8] memory uniform = expand(message, tag);
        // Two elements of Fp2, each of two coordinates.
        uint256[8] memory elements;
        for (uint256 i; i < 4; ++i) {
            if (!_reduce(uniform, elements, i)) return (false, point);
        }
        uint256 first;
        assembly ("memory-safe") {
            first := elements
        }
        bool mapped;
        G2 memory a;
        G2 memory b;
        (ok, a) = BlsCurve.mapToG2(first);
        (mapped, b) = BlsCurve.mapToG2(first + 128);
        if (!ok || !mapped) return (false, point);
        return BlsCurve.add(a, b);
    }

    /// @notice RFC 9380's `expand_message_xmd` with SHA-256, to 256 bytes.
    function expand(
        bytes memory message,
        bytes memory tag
    ) internal pure returns (uint256[8] memory uniform) {
        bytes memory suffix = abi.encodePacked(tag, uint8(tag.length));
        // A block of 64 zero bytes first, and the length that is wanted.
        bytes32 seed = sha256(
            abi.encodePacked(bytes32(0), bytes32(0), message, uint16(256), uint8(0), suffix)
        );
        // What is hashed for each word differs in its first 33 bytes only.
        bytes memory input = abi.encodePacked(seed, uint8(0), suffix);
        bytes32 part;
        for (uint256 i; i < 8; ++i) {
            part = seed ^ part;
            // `input` has more than 33 bytes.
            assembly ("memory-safe") {
                mstore(add(input, 32), part)
                mstore8(add(input, 64), add(i, 1))
            }
            part = sha256(input);
            uniform[i] = uint256(part);
        }
    }

    /// @dev Writes the number in the words 2i and 2i + 1 of `uniform`, modulo the field's, to the same words
    /// of `elements`.
    function _reduce(
        uint256[8] memory uniform,
        uint256[8] memory elements,
        uint256 i
    ) private view returns (bool ok) {
        BoundedCalls.requireGas(_MODEXP_GAS);
        (uint256 high, uint256 low) = (BlsCurve.P_HIGH, BlsCurve.P_LOW);
        (address target, uint256 grant) = (_MODEXP, _MODEXP_GAS);
        // Writes the input beyond the free memory, and the answer into the two words; i is below 4.
        assembly ("memory-safe") {
            let input := mload(64)
            let offset := shl(6, i)
            mstore(input, 64)
            mstore(add(input, 32), 1)
            mstore(add(input, 64), 64)
            mcopy(add(input, 96), add(uniform, offset), 64)
            mstore8(add(input, 160), 1)
            mstore(add(input, 161), high)
            mstore(add(input, 193), low)
            ok := staticcall(grant, target, input, 225, add(elements, offset), 64)
            ok := and(ok, eq(returndatasize(), 64))
        }
    }
}
