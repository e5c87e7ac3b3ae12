// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve, G1, G2} from "../libraries/BlsCurve.sol";
import {BlsHash} from "../libraries/BlsHash.sol";
import {BlsSignature} from "../libraries/BlsSignature.sol";

/// @title BlsHarness
/// @notice Shows what the libraries compute, and signs as holders of keys do, with the chain's own
/// precompiles. What it makes is held against other people's bytes in the vectors.
contract BlsHarness {
    using BlsCurve for G1;

    /// @notice A precompile is missing, or refuses its input.
    error PrecompileFailed();

    address private constant _G1_MSM = address(0x0c);
    address private constant _G2_MSM = address(0x0e);

    /// @dev Of the groups.
    uint256 private constant _ORDER =
        0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;

    function hashToG2(bytes calldata message, bytes calldata tag) public view returns (G2 memory) {
        (bool ok, G2 memory point) = BlsHash.toG2(message, tag);
        require(ok, PrecompileFailed());
        return point;
    }

    function isSigned(
        bytes calldata key,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool) {
        return BlsSignature.isSigned(BlsCurve.g1At(key, 0), digest, signature, 0);
    }

    function isPossessed(bytes calldata key, bytes calldata proof) external view returns (bool) {
        return BlsSignature.isPossessed(key, proof);
    }

    /// @notice Nothing less a key, which is its negative.
    function negated(bytes calldata key) external view returns (bytes memory) {
        G1 memory point;
        require(point.subtractAt(key, 0), PrecompileFailed());
        return encode(point);
    }

    /// @notice The sum of two keys.
    function sum(bytes calldata a, bytes calldata b) external view returns (bytes memory) {
        G1 memory point = BlsCurve.g1At(a, 0);
        require(point.addAt(b, 0), PrecompileFailed());
        return encode(point);
    }

    /// @notice The 96 bytes of the key with this secret.
    function keyOf(uint256 secret) external view returns (bytes memory) {
        uint256 opposite = _ORDER - (secret % _ORDER);
        (bool ok, bytes memory point) = _G1_MSM.staticcall(
            abi.encode(BlsCurve.minusGenerator(), opposite)
        );
        require(ok && point.length == 128, PrecompileFailed());
        return encode(abi.decode(point, (G1)));
    }

    /// @notice The 192 bytes of the secret's signature over `message`; that of a sum of secrets is the
    /// aggregate of their signatures.
    function sign(
        uint256 secret,
        bytes calldata message,
        bytes calldata tag
    ) external view returns (bytes memory) {
        G2 memory hashed = hashToG2(message, tag);
        (bool ok, bytes memory answer) = _G2_MSM.staticcall(abi.encode(hashed, secret));
        require(ok && answer.length == 256, PrecompileFailed());
        G2 memory p = abi.decode(answer, (G2));
        return
            bytes.concat(
                _coordinate(p.x1High, p.x1Low),
                _coordinate(p.x0High, p.x0Low),
                _coordinate(p.y1High, p.y1Low),
                _coordinate(p.y0High, p.y0Low)
            );
    }

    function encode(G1 memory point) public pure returns (bytes memory) {
        return
            bytes.concat(
                _coordinate(point.xHigh, point.xLow),
                _coordinate(point.yHigh, point.yLow)
            );
    }

    function _coordinate(uint256 high, uint256 low) private pure returns (bytes memory) {
        return abi.encodePacked(uint128(high), low);
    }
}
