// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CalldataWords
/// @notice Reads a byte string in calldata as 32-byte words.
library CalldataWords {
    /// @notice The word that starts at byte `32 · index` of `data`.
    /// @dev Never reverts. Beyond the end of `data` it reads whatever stands behind it in the calldata,
    /// so a caller believes no word before it has compared the length of `data` with what they say.
    /// `index` must be below 2^251.
    function word(bytes calldata data, uint256 index) internal pure returns (uint256 value) {
        // Only reads calldata, where every offset is defined: bytes beyond its end are zero.
        assembly ("memory-safe") {
            value := calldataload(add(data.offset, shl(5, index)))
        }
    }
}
