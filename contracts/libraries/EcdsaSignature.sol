// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title EcdsaSignature
/// @notice Who made a secp256k1 signature, with one valid form for each.
library EcdsaSignature {
    /// @notice `r ‖ s ‖ v`.
    uint256 internal constant LENGTH = 65;

    /// @dev Half the order of the curve. For every (r, s, v) there is a twin (r, n − s, v ^ 1) that
    /// anyone can compute; only the one with the smaller s counts.
    uint256 private constant _S_MAX =
        0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice The address whose key signed `digest`, or zero if the signature does not count.
    /// @dev The precompile itself refuses a `v` other than 27 and 28, and an `r` or `s` of zero.
    /// Callers must refuse zero: an entity whose board is the zero address can be named by anyone.
    function recover(
        bytes32 digest,
        uint256 r,
        uint256 s,
        uint256 v
    ) internal pure returns (address) {
        if (s > _S_MAX || v > type(uint8).max) return address(0);
        return ecrecover(digest, uint8(v), bytes32(r), bytes32(s));
    }

    /// @notice Whether the 65 bytes of `data` from byte `place` on are the signature of the address `signer`,
    /// which is not zero, over `digest`.
    function isSignedBy(
        bytes calldata data,
        uint256 place,
        bytes32 digest,
        uint256 signer
    ) internal view returns (bool isSigned) {
        uint256 sMax = _S_MAX;
        // Writes beyond the free memory and to scratch space; the precompile answers nothing, and leaves
        // the zero there, for a signature of nobody. It fails only for want of gas.
        assembly ("memory-safe") {
            let start := add(data.offset, place)
            let input := mload(64)
            mstore(input, digest)
            mstore(add(input, 32), byte(0, calldataload(add(start, 64))))
            calldatacopy(add(input, 64), start, 64)
            mstore(0, 0)
            if iszero(staticcall(gas(), 1, input, 128, 0, 32)) {
                revert(0, 0)
            }
            isSigned := and(eq(mload(0), signer), iszero(gt(calldataload(add(start, 32)), sMax)))
        }
    }
}
