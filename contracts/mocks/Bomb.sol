// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Bomb
/// @notice Ends a call with an answer of any size, or with all its gas gone.
library Bomb {
    /// @notice Returns, or reverts with, `size` bytes. The first word of them is 1, which reads as `true`.
    function explode(uint256 size, bool asRevert) internal pure {
        assembly ("memory-safe") {
            // The call ends here: nobody reads this memory as anything else.
            let start := mload(0x40)
            mstore(start, 1)
            if asRevert {
                revert(start, size)
            }
            return(start, size)
        }
    }

    /// @notice Burns all gas that the call was granted.
    function burnGas() internal pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}
