// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlsCurve, G1, G2} from "./BlsCurve.sol";
import {BlsHash} from "./BlsHash.sol";

/// @title BlsSignature
/// @notice BLS signatures of Ethereum's ciphersuite: keys in G1, signatures in G2, proofs of possession.
/// @dev The same bytes as `@chainsafe/bls` gives in its uncompressed format.
library BlsSignature {
    using BlsCurve for G1;

    /// @notice A key and its signature: what a lone key shows on a listed board.
    uint256 internal constant LONE_LENGTH = BlsCurve.G1_LENGTH + BlsCurve.G2_LENGTH;

    bytes private constant _SIGNATURE_TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    bytes private constant _POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

    /// @dev Half the modulus, rounded down: a greater y is the larger one of its x.
    uint256 private constant _HALF_HIGH = 0xd0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant _HALF_LOW =
        0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// @notice What a key is called: the hash of its 96 bytes.
    function idOf(bytes calldata key) internal pure returns (bytes32) {
        return keccak256(key);
    }

    /// @notice Whether `key` has signed `digest`, in the 192 bytes of `data` from byte `place` on.
    function isSigned(
        G1 memory key,
        bytes32 digest,
        bytes calldata data,
        uint256 place
    ) internal view returns (bool) {
        return _isSigned(key, bytes.concat(digest), _SIGNATURE_TAG, data, place);
    }

    /// @notice Whether the key with this id, shown in `part` before its signature, has signed `digest`.
    /// @param part Of {LONE_LENGTH}.
    function isSignedAlone(
        bytes32 id,
        bytes32 digest,
        bytes calldata part
    ) internal view returns (bool) {
        if (idOf(part[:BlsCurve.G1_LENGTH]) != id) return false;
        return isSigned(BlsCurve.g1At(part, 0), digest, part, BlsCurve.G1_LENGTH);
    }

    /// @notice Whether `proof` shows that somebody possesses the secret of `key`: its signature over the
    /// key's own compressed bytes, under a tag that nothing else is signed under.
    function isPossessed(bytes calldata key, bytes calldata proof) internal view returns (bool) {
        if (key.length != BlsCurve.G1_LENGTH || proof.length != BlsCurve.G2_LENGTH) return false;
        G1 memory point = BlsCurve.g1At(key, 0);
        // Every signature at infinity would fit the key at infinity.
        if (point.isInfinity()) return false;
        return _isSigned(point, _compressed(point), _POSSESSION_TAG, proof, 0);
    }

    function _isSigned(
        G1 memory key,
        bytes memory message,
        bytes memory tag,
        bytes calldata data,
        uint256 place
    ) private view returns (bool) {
        (bool ok, G2 memory point) = BlsHash.toG2(message, tag);
        return ok && BlsCurve.isPaired(key, point, data, place);
    }

    /// @dev The 48 bytes of a point that is not at infinity: x, and in its free bits which y.
    function _compressed(G1 memory point) private pure returns (bytes memory) {
        bool isLarger =
            point.yHigh > _HALF_HIGH || (point.yHigh == _HALF_HIGH && point.yLow > _HALF_LOW);
        uint128 flags = isLarger ? 0xa0 << 120 : 0x80 << 120;
        return abi.encodePacked(uint128(point.xHigh) | flags, point.xLow);
    }
}
