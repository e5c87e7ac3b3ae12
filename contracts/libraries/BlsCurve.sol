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

    /// @notice The point in the 192 bytes of `data` from byte `place` on; it need not be on the curve.
    function g2At(bytes calldata data, uint256 place) internal pure returns (G2 memory point) {
        (point.x1High, point.x1Low) = _coordinateAt(data, place);
        (point.x0High, point.x0Low) = _coordinateAt(data, place + 48);
        (point.y1High, point.y1Low) = _coordinateAt(data, place + 96);
        (point.y0High, point.y0Low) = _coordinateAt(data, place + 144);
    }

    function isInfinity(G1 memory point) internal pure returns (bool) {
        return (point.xHigh | point.xLow | point.yHigh | point.yLow) == 0;
    }

    /// @notice The other point with this x; of a point on the curve.
    function negated(G1 memory point) internal pure returns (G1 memory) {
        if (isInfinity(point)) return point;
        unchecked {
            uint256 borrow = point.yLow > P_LOW ? 1 : 0;
            return G1(point.xHigh, point.xLow, P_HIGH - point.yHigh - borrow, P_LOW - point.yLow);
        }
    }

    /// @return ok Whether both are on the curve.
    function add(G1 memory a, G1 memory b) internal view returns (bool ok, G1 memory sum) {
        BoundedCalls.requireGas(_G1_ADD_GAS);
        (address target, uint256 grant) = (_G1_ADD, _G1_ADD_GAS);
        // Writes the input beyond the free memory, and the answer into `sum`.
        assembly ("memory-safe") {
            let input := mload(64)
            mcopy(input, a, 128)
            mcopy(add(input, 128), b, 128)
            ok := staticcall(grant, target, input, 256, sum, 128)
            ok := and(ok, eq(returndatasize(), 128))
        }
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
        // As above; the coordinates go straight to where the precompile reads them.
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

    function add(G2 memory a, G2 memory b) internal view returns (bool ok, G2 memory sum) {
        BoundedCalls.requireGas(_G2_ADD_GAS);
        (address target, uint256 grant) = (_G2_ADD, _G2_ADD_GAS);
        // As above.
        assembly ("memory-safe") {
            let input := mload(64)
            mcopy(input, a, 256)
            mcopy(add(input, 256), b, 256)
            ok := staticcall(grant, target, input, 512, sum, 256)
            ok := and(ok, eq(returndatasize(), 256))
        }
    }

    /// @notice The point of G2 that stands for a field element of 128 bytes, by RFC 9380's SSWU map.
    /// @param element Where it stands in memory, as the precompile wants it.
    function mapToG2(uint256 element) internal view returns (bool ok, G2 memory point) {
        BoundedCalls.requireGas(_MAP_GAS);
        (address target, uint256 grant) = (_MAP_TO_G2, _MAP_GAS);
        // Writes the answer into `point`.
        assembly ("memory-safe") {
            ok := staticcall(grant, target, element, 128, point, 256)
            ok := and(ok, eq(returndatasize(), 256))
        }
    }

    /// @notice Whether `e(key, message) = e(generator, signature)`, all in their subgroups.
    function isPaired(
        G1 memory key,
        G2 memory message,
        G2 memory signature
    ) internal view returns (bool paired) {
        BoundedCalls.requireGas(_PAIRING_GAS);
        G1 memory minusOne = minusGenerator();
        (address target, uint256 grant) = (_PAIRING, _PAIRING_GAS);
        // Writes the input beyond the free memory, and the answer into scratch space.
        assembly ("memory-safe") {
            let input := mload(64)
            mcopy(input, key, 128)
            mcopy(add(input, 128), message, 256)
            mcopy(add(input, 384), minusOne, 128)
            mcopy(add(input, 512), signature, 256)
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
