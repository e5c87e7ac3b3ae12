// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BoundedCalls} from "./BoundedCalls.sol";

/// @notice A point of G1 as EIP-2537 has it: x and y, each of 64 bytes, the first 16 of them zero.
/// All zero is the point at infinity.
struct G1 {
    uint256 xHigh;
    uint256 xLow;
    uint256 yHigh;
    uint256 yLow;
}

/// @notice A point of G2, likewise: `x = x0 + x1·u`, `y = y0 + y1·u`.
struct G2 {
    uint256 x0High;
    uint256 x0Low;
    uint256 x1High;
    uint256 x1Low;
    uint256 y0High;
    uint256 y0Low;
    uint256 y1High;
    uint256 y1Low;
}

/// @title BlsCurve
/// @notice BLS12-381 by the precompiles of EIP-2537, and the bytes that blst writes.
/// @dev blst's uncompressed points are big-endian coordinates of 48 bytes, of G2 the imaginary part first.
/// The precompiles refuse coordinates that are not below the modulus and points that are not on the
/// curve, and the pairing refuses points outside the subgroup. A refusal burns the whole grant, so each
/// call is granted twice its price, in full.
library BlsCurve {
    uint256 internal constant G1_LENGTH = 96;
    uint256 internal constant G2_LENGTH = 192;

    address private constant _G1_ADD = address(0x0b);
    address private constant _G2_ADD = address(0x0d);
    address private constant _PAIRING = address(0x0f);
    address private constant _MAP_TO_G2 = address(0x11);

    uint256 private constant _G1_ADD_GAS = 2 * 375;
    uint256 private constant _G2_ADD_GAS = 2 * 600;
    uint256 private constant _PAIRING_GAS = 2 * 102_900;
    uint256 private constant _MAP_GAS = 2 * 23_800;

    /// @dev The modulus of the field, which has 381 bits.
    uint256 internal constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 internal constant P_LOW =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;

    /// @notice The point in the 96 bytes of `data` from byte `place` on; it need not be on the curve.
    function g1At(bytes calldata data, uint256 place) internal pure returns (G1 memory point) {
        (point.xHigh, point.xLow) = _coordinateAt(data, place);
        (point.yHigh, point.yLow) = _coordinateAt(data, place + 48);
    }

    function isInfinity(G1 memory point) internal pure returns (bool) {
        return (point.xHigh | point.xLow | point.yHigh | point.yLow) == 0;
    }

    /// @notice Adds to `sum` the point in the 96 bytes of `data` from byte `place` on.
    /// @return ok Whether both are on the curve; else `sum` is what it was.
    function addAt(
        G1 memory sum,
        bytes calldata data,
        uint256 place
    ) internal view returns (bool ok) {
        BoundedCalls.requireGas(_G1_ADD_GAS);
        (address target, uint256 grant) = (_G1_ADD, _G1_ADD_GAS);
        // Writes the input beyond the free memory, and the answer into `sum`.
        assembly ("memory-safe") {
            let input := mload(64)
            let start := add(data.offset, place)
            mcopy(input, sum, 128)
            mstore(add(input, 128), shr(128, calldataload(start)))
            mstore(add(input, 160), calldataload(add(start, 16)))
            mstore(add(input, 192), shr(128, calldataload(add(start, 48))))
            mstore(add(input, 224), calldataload(add(start, 64)))
            ok := staticcall(grant, target, input, 256, sum, 128)
            ok := and(ok, eq(returndatasize(), 128))
        }
    }

    /// @notice Takes off `sum` the point in the 96 bytes of `data` from byte `place` on.
    /// @return ok Whether both are on the curve, and that one is not at infinity; else `sum` is what it was.
    function subtractAt(
        G1 memory sum,
        bytes calldata data,
        uint256 place
    ) internal view returns (bool ok) {
        BoundedCalls.requireGas(_G1_ADD_GAS);
        (address target, uint256 grant) = (_G1_ADD, _G1_ADD_GAS);
        (uint256 pHigh, uint256 pLow) = (P_HIGH, P_LOW);
        // As above, with the other y of this x. A y beyond the modulus gives one that has more bits than a
        // coordinate, and 0 gives the modulus: the precompile refuses both.
        assembly ("memory-safe") {
            let input := mload(64)
            let start := add(data.offset, place)
            mcopy(input, sum, 128)
            mstore(add(input, 128), shr(128, calldataload(start)))
            mstore(add(input, 160), calldataload(add(start, 16)))
            let yLow := calldataload(add(start, 64))
            let yHigh := add(shr(128, calldataload(add(start, 48))), gt(yLow, pLow))
            mstore(add(input, 192), sub(pHigh, yHigh))
            mstore(add(input, 224), sub(pLow, yLow))
            ok := staticcall(grant, target, input, 256, sum, 128)
            ok := and(ok, eq(returndatasize(), 128))
        }
    }

    /// @notice The sum of the two points of G2 that stand for two field elements, by RFC 9380's SSWU map.
    /// @param elements Four coordinates below the modulus, as the precompile wants them.
    function mapToG2(uint256[8] memory elements) internal view returns (bool ok, G2 memory point) {
        BoundedCalls.requireGas(2 * _MAP_GAS + _G2_ADD_GAS);
        (address map, uint256 mapGas) = (_MAP_TO_G2, _MAP_GAS);
        (address adder, uint256 addGas) = (_G2_ADD, _G2_ADD_GAS);
        // Writes the two points beyond the free memory, where they are added, and their sum into `point`.
        assembly ("memory-safe") {
            let points := mload(64)
            ok := staticcall(mapGas, map, elements, 128, points, 256)
            ok := and(ok, eq(returndatasize(), 256))
            ok := and(ok, staticcall(mapGas, map, add(elements, 128), 128, add(points, 256), 256))
            ok := and(ok, eq(returndatasize(), 256))
            ok := and(ok, staticcall(addGas, adder, points, 512, point, 256))
            ok := and(ok, eq(returndatasize(), 256))
        }
    }

    /// @notice Whether `e(key, message) = e(generator, signature)`, all in their subgroups.
    /// @param data Holds the signature in the 192 bytes from byte `place` on.
    function isPaired(
        G1 memory key,
        G2 memory message,
        bytes calldata data,
        uint256 place
    ) internal view returns (bool paired) {
        BoundedCalls.requireGas(_PAIRING_GAS);
        G1 memory minusOne = minusGenerator();
        (address target, uint256 grant) = (_PAIRING, _PAIRING_GAS);
        // Writes the input beyond the free memory, and the answer into scratch space. Of the signature's
        // coordinates the imaginary parts stand first in `data`, and last in the input.
        assembly ("memory-safe") {
            function put(to, start) {
                mstore(to, shr(128, calldataload(start)))
                mstore(add(to, 32), calldataload(add(start, 16)))
            }
            let input := mload(64)
            mcopy(input, key, 128)
            mcopy(add(input, 128), message, 256)
            mcopy(add(input, 384), minusOne, 128)
            let start := add(data.offset, place)
            put(add(input, 576), start)
            put(add(input, 512), add(start, 48))
            put(add(input, 704), add(start, 96))
            put(add(input, 640), add(start, 144))
            mstore(0, 0)
            let ok := staticcall(grant, target, input, 768, 0, 32)
            paired := and(and(ok, eq(returndatasize(), 32)), eq(mload(0), 1))
        }
    }

    /// @notice The negative of G1's generator.
    function minusGenerator() internal pure returns (G1 memory) {
        return
            G1(
                0x17f1d3a73197d7942695638c4fa9ac0f,
                0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb,
                0x114d1d6855d545a8aa7d76c8cf2e21f2,
                0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca
            );
    }

    function _coordinateAt(
        bytes calldata data,
        uint256 place
    ) private pure returns (uint256 high, uint256 low) {
        // Only reads calldata, where every offset is defined.
        assembly ("memory-safe") {
            let start := add(data.offset, place)
            high := shr(128, calldataload(start))
            low := calldataload(add(start, 16))
        }
    }
}
