// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BoundedCalls} from "./BoundedCalls.sol";

/// @title ContractSignature
/// @notice Whether a contract says that it has signed (ERC-1271).
/// @dev What a contract says today it may deny tomorrow, so this is never evidence in a dispute.
library ContractSignature {
    /// @notice What a contract is granted for its answer, in full or the call reverts.
    uint256 internal constant GAS = 100_000;

    /// @dev `isValidSignature(bytes32,bytes)`: what is called, and what a yes begins with.
    bytes4 private constant _IS_VALID = 0x1626ba7e;

    /// @notice Whether the contract at `member` answers with a plain yes: that it reverts, eats its gas,
    /// has no code or answers anything else, is a no.
    function isSigned(
        address member,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool) {
        bytes memory question = abi.encodeWithSelector(_IS_VALID, digest, signature);
        (bool ok, uint256 size, uint256 answer, ) = BoundedCalls.read(member, GAS, question);
        return ok && size >= 32 && bytes32(answer) == bytes32(_IS_VALID);
    }
}
